import Foundation
import HearthCore
import HearthOnboarding
import HearthWeb
import StrictJSON

extension Operator {
    package func createTenant(
        name: String, features: [String], emailPerDay: Int, returnURLs: [String]
    ) async throws -> Answer {
        let name = try Self.text(name, subject: "a name")
        for url in returnURLs {
            guard let problem = ReturnURL.problem(withPrefix: url, allowsPlainHTTP: settings.isDevelopment) else {
                continue
            }
            throw OperatorRefusal("the return URL \(problem)")
        }
        guard (0...10_000_000).contains(emailPerDay) else { throw OperatorRefusal("a pool must be 0 to 10000000") }
        let now = try await now()
        let tenant = try await tenants.create(
            name: name, features: try features.map(feature), emailPerDay: emailPerDay, returnURLs: returnURLs, at: now,
            recorder: recorder
        ) { try await entry("tenant.create", tenant: $0, at: now) }
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
        try await note("tenant.show", tenant: id)
        return answer(
            tenant, text: "\(tenant.id)  \(tenant.status)  \(tenant.name)  \(tenant.features.joined(separator: ","))")
    }

    package func setFeature(_ name: String, of id: Int64, allowed: Bool) async throws -> Answer {
        _ = try await require(tenant: id)
        let feature = try feature(name)
        let now = try await now()
        let entry = try await self.entry(
            allowed ? "tenant.allow" : "tenant.deny", tenant: id, outcome: feature.rawValue, at: now)
        if allowed {
            try await tenants.allow(feature, to: id, at: now, noting: entry)
        } else {
            try await tenants.deny(feature, to: id, noting: entry)
        }
        return answer(try await require(tenant: id), text: "Tenant \(id) may \(allowed ? "" : "not ")use \(name).")
    }

    package func setSuspended(_ isSuspended: Bool, tenant id: Int64) async throws -> Answer {
        guard try await require(tenant: id).status != "deleted" else {
            throw OperatorRefusal("tenant \(id) is deleted; its tokens are gone")
        }
        let status = isSuspended ? "suspended" : "active"
        let entry = try await self.entry("tenant.status", tenant: id, outcome: status, at: try await now())
        try await tenants.setStatus(status, of: id, noting: entry)
        return answer(try await require(tenant: id), text: "Tenant \(id) is \(isSuspended ? "suspended" : "active").")
    }

    /// A limit that is nil stays unchanged.
    package func setLimits(
        tenant id: Int64, perMinute: Int?, perSecond: Int?, emailPerDay: Int?
    ) async throws -> Answer {
        _ = try await require(tenant: id)
        guard perMinute.map((1...60_000).contains) ?? true else {
            throw OperatorRefusal("requests a minute must be between 1 and 60000")
        }
        guard perSecond.map((1...1_000).contains) ?? true else {
            throw OperatorRefusal("requests a second must be between 1 and 1000")
        }
        guard emailPerDay.map((0...10_000_000).contains) ?? true else {
            throw OperatorRefusal("a pool must be 0 to 10000000")
        }
        let entry = try await self.entry("tenant.limits", tenant: id, at: try await now())
        let isSet = try await tenants.setLimits(
            perMinute: perMinute, perSecond: perSecond, emailPerDay: emailPerDay, of: id, noting: entry)
        guard isSet else {
            throw OperatorRefusal("active campaigns use more than \(emailPerDay ?? 0) e-mails a day; pause some first")
        }
        let tenant = try await require(tenant: id)
        return answer(
            tenant,
            text:
                "Tenant \(id): \(tenant.limits.perMinute) requests a minute, \(tenant.limits.perSecond) a second for each key; \(tenant.emailPerDay) e-mails a day."
        )
    }

    private func feature(_ name: String) throws -> Feature {
        guard let feature = Feature(rawValue: name) else {
            throw OperatorRefusal(
                "there is no feature \(name); choose from: \(Feature.allCases.map(\.rawValue).joined(separator: ", "))")
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
        json.member("requests_per_minute", tenant.limits.perMinute)
        json.member("requests_per_second", tenant.limits.perSecond)
        json.array("return_urls") { json in
            for url in tenant.returnURLs { json.value(url) }
        }
        json.member("created_at", RFC3339.format(tenant.createdAt))
    }
}
