import Foundation
import HTTPTypes
import Synchronization

/// An account that has consented without a sign-in page.
package struct BulkConnection: Sendable {
    package let account: AccountDescription
    /// The first refresh token of the grant.
    package let refreshToken: String
}

extension MicrosoftSimulator {
    /// Creates accounts that have all consented to `scope`, for tests with many mailboxes. Throws if the scope is invalid.
    /// Grants of an application that is not registered cannot be used.
    package func connect(
        _ addresses: [String], to clientID: String, scope: String
    ) throws(InvalidScope) -> [BulkConnection] {
        guard let scopes = try? Scope.list(scope) else { throw InvalidScope(text: scope) }
        return state.withLock { state in
            addresses.map { address in
                let account =
                    state.directory.account(named: address) ?? state.makeAccount(AccountOptions(address: address))
                state.consent(to: scopes, of: clientID, by: account.id)
                state.book.startInBulk(
                    Grant(clientID: clientID, account: account.id, scopes: scopes, startedAt: state.now))
                return BulkConnection(
                    account: AccountDescription(account), refreshToken: GrantBook.bulkRefreshToken(account))
            }
        }
    }

    package struct InvalidScope: Error {
        package let text: String
    }

    /// `/simulator/connections`
    func connect(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        let fields = try ControlFields(exchange.body, allowed: ["addresses", "clientId", "scope"])
        let addresses = try fields.strings("addresses") ?? []
        guard addresses.allSatisfy({ SimulatorState.domain(of: $0) != nil }) else {
            throw fields.wrong("addresses", "an array of e-mail addresses")
        }
        let clientID = try fields.required("clientId")
        guard state.withLock({ $0.application(clientID) }) != nil else { throw unknown("clientId", clientID) }
        let scope = try fields.required("scope")
        do throws(InvalidScope) {
            let made = try connect(addresses, to: clientID, scope: scope)
            return .json(["connections": .array(made.map(\.json))], status: 201)
        } catch {
            throw fields.wrong("scope", "a list of scopes")
        }
    }
}

extension BulkConnection {
    var json: JSON {
        var members = account.json.object ?? [:]
        members["refreshToken"] = .string(refreshToken)
        return .object(members)
    }
}
