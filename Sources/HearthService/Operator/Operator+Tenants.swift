import Foundation
import StrictJSON

extension Operator {
    package func createTenant(
        name: String, features: [String], emailPerDay: Int, returnURLs: [String]
    ) async throws -> Answer {
        guard (1...255).contains(name.unicodeScalars.count) else {
            throw OperatorRefusal("a name has 1 to 255 characters")
        }
        guard (0...10_000_000).contains(emailPerDay) else { throw OperatorRefusal("a pool is between 0 and 10000000") }
        let tenant = try await tenants.create(
            name: name, features: try features.map(feature), emailPerDay: emailPerDay, returnURLs: returnURLs,
            at: try await now())
        return answer(tenant, text: "Tenant \(tenant.id) created.")
    }

    package func listTenants() async throws -> Answer {
        let all = try await tenants.list()
        let lines = all.map { "\($0.id)  \($0.status)  \($0.name)  \($0.features.joined(separator: ","))" }
        return Answer(text: lines.joined(separator: "\n")) { json in
            json.array("tenants") { json in
                for tenant in all { json.object { write(tenant, to: &$0) } }
            }
        }
    }

    package func showTenant(_ id: Int64) async throws -> Answer {
        let tenant = try await require(tenant: id)
        return answer(
            tenant, text: "\(tenant.id)  \(tenant.status)  \(tenant.name)  \(tenant.features.joined(separator: ","))")
    }

    package func setFeature(_ name: String, of id: Int64, allowed: Bool) async throws -> Answer {
        _ = try await require(tenant: id)
        let feature = try feature(name)
        if allowed {
            try await tenants.allow(feature, to: id, at: try await now())
        } else {
            try await tenants.deny(feature, to: id)
        }
        return answer(try await require(tenant: id), text: "Tenant \(id) may \(allowed ? "" : "not ")use \(name).")
    }

    package func setSuspended(_ isSuspended: Bool, tenant id: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        try await tenants.setStatus(isSuspended ? "suspended" : "active", of: id)
        return answer(try await require(tenant: id), text: "Tenant \(id) is \(isSuspended ? "suspended" : "active").")
    }

    package func createKey(tenant id: Int64, name: String) async throws -> Answer {
        _ = try await require(tenant: id)
        guard (1...255).contains(name.unicodeScalars.count) else {
            throw OperatorRefusal("a name has 1 to 255 characters")
        }
        let key = try await tenants.createKey(
            for: id, name: name, randomBytes: SecureRandom.bytes, at: try await now())
        return Answer(text: "\(key.text)\nKeep it: it is not shown again.") { json in
            json.member("tenant_id", id)
            json.member("key_id", key.keyID)
            json.member("key", key.text)
        }
    }

    package func listKeys(tenant id: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        let keys = try await tenants.keys(of: id)
        let lines = keys.map { "\($0.id)  \($0.revokedAt == nil ? "valid" : "revoked")  \($0.name)" }
        return Answer(text: lines.joined(separator: "\n")) { json in
            json.array("keys") { json in
                for key in keys {
                    json.object { json in
                        json.member("key_id", key.id)
                        json.member("name", key.name)
                        json.member("created_at", RFC3339.format(key.createdAt))
                        json.member("revoked_at", key.revokedAt.map(RFC3339.format))
                    }
                }
            }
        }
    }

    package func revokeKey(_ key: Int64, tenant id: Int64) async throws -> Answer {
        guard try await tenants.revokeKey(key, of: id, at: try await now()) else {
            throw OperatorRefusal("tenant \(id) has no key \(key); see: hearth key list --tenant \(id)")
        }
        return Answer(text: "Key \(key) is revoked.") { json in
            json.member("key_id", key)
            json.member("revoked", true)
        }
    }

    private func feature(_ name: String) throws -> Feature {
        guard let feature = Feature(rawValue: name) else {
            throw OperatorRefusal(
                "there is no feature \(name); there is: \(Feature.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return feature
    }

    private func answer(_ tenant: TenantStore.Tenant, text: String) -> Answer {
        Answer(text: text) { write(tenant, to: &$0) }
    }

    private func write(_ tenant: TenantStore.Tenant, to json: inout JSONWriter) {
        json.member("tenant_id", tenant.id)
        json.member("name", tenant.name)
        json.member("status", tenant.status)
        json.array("features") { json in
            for feature in tenant.features { json.value(feature) }
        }
        json.member("email_per_day", tenant.emailPerDay)
        json.array("return_urls") { json in
            for url in tenant.returnURLs { json.value(url) }
        }
        json.member("created_at", RFC3339.format(tenant.createdAt))
    }
}
