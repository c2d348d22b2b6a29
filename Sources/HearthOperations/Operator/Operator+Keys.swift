import Foundation
import HearthCore
import HearthWeb
import Postgres
import StrictJSON

extension Operator {
    /// - Parameters:
    ///   - scopes: nil for all.
    ///   - lifetime: seconds until the key expires; nil for never.
    package func createKey(
        tenant id: Int64, name: String, scopes names: [String]?, lifetime: Int?
    ) async throws -> Answer {
        _ = try await require(tenant: id)
        let name = try Self.text(name, subject: "a name")
        let scopes = try names?.map(scope) ?? Scope.allCases
        guard !scopes.isEmpty else { throw OperatorRefusal("name at least one scope") }
        guard lifetime.map({ $0 > 0 }) ?? true else { throw OperatorRefusal("a lifetime must be at least one second") }
        let now = try await now()
        let key = APIKey(tenantID: id, keyID: try await ids.next(), randomBytes: SecureRandom.bytes)
        let end = lifetime.map { now.addingTimeInterval(TimeInterval($0)) }
        let insertion = KeyStore(database: database)
            .insertion(of: key, name: name, scopes: Set(scopes), expiresAt: end, at: now)
        let entry = try await self.entry("key.create", subject: "key:\(key.keyID)", tenant: id, at: now)
        try await database.transaction { transaction in
            transaction.write(insertion)
            transaction.audit(entry)
        }
        return Answer(text: "\(key.text)\nKeep it: it is not shown again.") { json in
            json.member("tenant_id", id)
            json.member("key_id", key.keyID)
            json.member("key", key.text)
            json.array("scopes") { json in
                for scope in scopes.sorted() { json.value(scope.rawValue) }
            }
            json.member("expires_at", end.map(RFC3339.format))
        }
    }

    package func listKeys(tenant id: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        try await note("key.list", tenant: id)
        let now = try await now()
        let keys = try await KeyStore(database: database).list(of: id, at: now)
        let lines = keys.map { key in
            let state = key.revokedAt != nil ? "revoked" : key.isUsable(at: now) ? "active" : "expired"
            let used = key.lastUsedAt.map(RFC3339.format) ?? "never used"
            return "\(key.id)  \(state)  \(used)  \(key.scopes.joined(separator: ","))  \(key.name)"
        }
        return Answer(text: lines.joined(separator: "\n")) { json in
            json.array("keys") { json in
                for key in keys { key.write(to: &json, current: 0, at: now) }
            }
        }
    }

    package func revokeKey(_ key: Int64, tenant id: Int64) async throws -> Answer {
        let now = try await now()
        let entry = try await self.entry("key.revoke", subject: "key:\(key)", tenant: id, at: now)
        let revoked = try await database.transaction { transaction in
            guard try KeyStore.revoke(key, of: id, at: now, in: &transaction) != nil else { return false }
            transaction.audit(entry)
            return true
        }
        guard revoked else {
            throw OperatorRefusal("tenant \(id) has no key \(key); see: hearth key list --tenant \(id)")
        }
        return Answer(text: "Key \(key) is revoked.") { json in
            json.member("key_id", key)
            json.member("revoked", true)
        }
    }

    private func scope(_ name: String) throws -> Scope {
        guard let scope = Scope(rawValue: name) else {
            throw OperatorRefusal(
                "there is no scope \(name); choose from: \(Scope.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return scope
    }
}
