import Foundation
import HTTPTypes

/// The handling of a request before it reaches its endpoint.
extension SimulatorState {
    mutating func arrive(_ exchange: Exchange, route: Route) -> MicrosoftSimulator.Arrival {
        settle()
        subscriptions.removeExpired(at: now)
        let operation = route.operation
        let account = account(concernedBy: exchange, route: route)
        let fault = faults.next(
            operation: operation, path: exchange.path, method: exchange.method.rawValue, account: account?.address
        )
        let entry = journal.begin(exchange, operation: operation, account: account, isFault: fault != nil, at: now)
        var replacement = fault.flatMap { reply(for: $0, operation: operation, exchange) }
        var held: [Throttle.Key] = []
        if let account {
            let target = operation.isGraph ? mailbox(concernedBy: exchange, caller: account) : account.id
            let (verdict, keys, refusing) = throttle(operation, clientID: clientID(calling: exchange), mailbox: target)
            held = keys
            replacement = refusal(verdict, operation, exchange) ?? replacement
            if case .organization(let tenantID)? = refusing, let seconds = replacement?.retryAfterSeconds {
                journal.holdBack(
                    .organization(tenantID), isGraph: operation.isGraph, until: now.addingTimeInterval(seconds)
                )
            }
        }
        if let account, let seconds = replacement?.retryAfterSeconds {
            journal.holdBack(.account(account.id), isGraph: operation.isGraph, until: now.addingTimeInterval(seconds))
        }
        return .init(entry: entry, fault: fault, replacement: replacement, held: held)
    }

    /// The application that the request's access token was issued to.
    private func clientID(calling exchange: Exchange) -> String? {
        exchange.bearerToken.flatMap { book.accessToken(presented: $0)?.clientID }
    }

    /// Metadata endpoints return errors like the token endpoint.
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

    private func presentedAccount(_ refreshToken: String) -> AccountID? {
        book.refreshToken(presented: refreshToken, directory: directory).map { book.grants[$0.grant].account }
    }

    /// The account that a request concerns, if the request names one.
    private func account(concernedBy exchange: Exchange, route: Route) -> Account? {
        switch route {
        case .graph:
            return accountCalling(exchange)
        case .upload:
            return uploadKey(exchange).flatMap { uploads[$0] }.flatMap { directory.account($0.owner) }
        case .token:
            let form = exchange.form
            let id =
                form["code"].flatMap { codes[$0]?.account }
                ?? form["refresh_token"].flatMap { presentedAccount($0) }
            return id.flatMap { directory.account($0) }
        case .authorize, .adminConsent:
            let fields = exchange.parameters
            return (fields["simulator_account"] ?? fields["login_hint"]).flatMap { directory.account(named: $0) }
        default:
            return nil
        }
    }
}
