import Foundation
import HTTPTypes

/// What happens to a request before its endpoint sees it.
extension SimulatorState {
    mutating func arrive(_ exchange: Exchange, route: Route) -> MicrosoftSimulator.Arrival {
        let operation = route.operation
        let account = account(concernedBy: exchange, route: route)
        let fault = faults.next(
            operation: operation, path: exchange.path, method: exchange.method.rawValue, account: account?.address
        )
        let sequence = journal.begin(
            exchange, operation: operation, account: account?.address, isFault: fault != nil, at: now
        )
        var replacement = fault.flatMap { reply(for: $0, operation: operation, exchange) }
        var throttled: MailboxThrottle.Key?
        if operation.isGraph, let token = exchange.bearerToken.flatMap({ accessTokens[$0] }) {
            let key = MailboxThrottle.Key(clientID: token.clientID, account: token.account)
            let verdict = throttle.begin(
                key, limit: behaviours.mailboxRequestLimit, concurrency: behaviours.mailboxConcurrency, at: now
            )
            switch verdict {
            case .admitted:
                throttled = key
            case .tooMany(let seconds):
                replacement = graphError(.known("TooManyRequests", status: 429), exchange)
                    .adding("Retry-After", String(seconds))
            case .tooConcurrent:
                replacement = graphError(.known("ApplicationThrottled", status: 429), exchange).adding(
                    "Retry-After", "1")
            }
        }
        return .init(sequence: sequence, fault: fault, replacement: replacement, throttled: throttled)
    }

    /// Metadata endpoints refuse like the token endpoint.
    mutating func metadata(_ exchange: Exchange, route: Route) -> Reply {
        do throws(IdentityFailure) {
            switch route {
            case .discovery(let tenant): return try discovery(exchange, tenant: tenant)
            case .keys(let tenant): return try keySet(exchange, tenant: tenant)
            default: return try instanceDiscovery(exchange)
            }
        } catch {
            return tokenError(error, exchange)
        }
    }

    /// Whom a request is about, as far as it says so.
    private func account(concernedBy exchange: Exchange, route: Route) -> Account? {
        switch route {
        case .graph:
            return accountCalling(exchange)
        case .token:
            let form = exchange.form
            let id =
                form["code"].flatMap { codes[$0]?.account }
                ?? form["refresh_token"].flatMap { refreshTokens[$0]?.account }
            return id.flatMap { directory.account($0) }
        case .authorize, .adminConsent:
            let fields = exchange.parameters
            return (fields["simulator_account"] ?? fields["login_hint"]).flatMap { directory.account(named: $0) }
        default:
            return nil
        }
    }
}
