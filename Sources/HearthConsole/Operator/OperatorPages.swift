import Foundation
import HearthCore
import HearthMailboxes
import HearthOperations
import HearthRules
import HearthWeb
import Hummingbird

/// `/console/operator`: the tenants, their allowed features, and where work is stuck.
struct OperatorPages: Sendable {
    let tenants: TenantStore
    let overview: OperatorOverview
    let warnings: TenantWarnings
    let ownWarnings: OperatorWarnings
    let recorder: AuditRecorder
    let now: @Sendable () -> Date

    func list(_ visit: OperatorVisit) async throws -> Response {
        let all = try await tenants.list()
        let loads = try await overview.loads()
        let now = now()
        let oldest = loads.values.compactMap(\.oldest).min()
        var content: [String: Any] = [
            "backlog": loads.values.reduce(0) { $0 + $1.backlog },
            "oldest": oldest.map { Self.age(of: $0, at: now) } ?? "none",
            "troubled": loads.values.filter(\.isTroubled).count, "count": all.count,
            "rows": all.reversed().map { Self.row($0, loads[$0.id], at: now) }, "hasRows": !all.isEmpty,
        ]
        content.merge(try await warnings(of: all, at: now)) { $1 }
        return try visit.show(.operatorTenants, title: "Tenants", content)
    }

    func show(_ visit: OperatorVisit) async throws -> Response {
        let tenant = try await find(visit)
        let load = try await overview.loads()[tenant.id]
        let faults = try await overview.connectionFaults(of: tenant.id)
        var content = Self.row(tenant, load, at: now())
        content.merge(try await warnings.overview(of: tenant.id, at: now()).content) { $1 }
        content["live"] = "/console/operator/tenants/\(tenant.id)"
        content["facts"] = Self.facts(tenant, load)
        content["features"] = Feature.allCases.map { feature in
            let isAllowed = tenant.features.contains(feature.rawValue)
            return ["feature": feature.rawValue, "isAllowed": isAllowed, "verb": isAllowed ? "deny" : "allow"]
                as [String: Any]
        }
        content["faults"] = faults.map { fault in
            [
                "name": fault.problem, "value": fault.count,
                "words": ConnectionProblem(rawValue: fault.problem)?.words ?? "",
            ]
        }
        content["hasFaults"] = !faults.isEmpty
        return try visit.show(.operatorTenant, title: tenant.name, content)
    }

    /// The service's own warnings first, then each tenant's number of each kind.
    private func warnings(of tenants: [TenantStore.Tenant], at now: Date) async throws -> [String: Any] {
        let own = try await ownWarnings.current(at: now)
        let groups = try await warnings.groups(at: now)
        let names = Dictionary(uniqueKeysWithValues: tenants.map { ($0.id, $0.name) })
        let shown = groups.prefix(TenantWarnings.shown).map { $0.content(of: names[$0.tenantID] ?? "\($0.tenantID)") }
        return [
            "warnings": own.map(\.content) + shown, "hasWarnings": !own.isEmpty || !groups.isEmpty,
            "hasMore": groups.count > shown.count, "more": groups.count - shown.count,
        ]
    }

    func suspend(_ visit: OperatorVisit) async throws -> Response { try await set("suspended", visit) }

    func resume(_ visit: OperatorVisit) async throws -> Response { try await set("active", visit) }

    func allow(_ visit: OperatorVisit) async throws -> Response {
        let tenant = try await find(visit)
        let (feature, now) = (try Self.feature(visit), now())
        let entry = try visit.caller(of: tenant.id).entry(
            "tenant.allow", "tenant:\(tenant.id)", outcome: feature.rawValue, recorder, at: now)
        try await tenants.allow(feature, to: tenant.id, at: now, noting: entry)
        return Self.back(to: tenant)
    }

    func deny(_ visit: OperatorVisit) async throws -> Response {
        let tenant = try await find(visit)
        let feature = try Self.feature(visit)
        let entry = try visit.caller(of: tenant.id).entry(
            "tenant.deny", "tenant:\(tenant.id)", outcome: feature.rawValue, recorder, at: now())
        try await tenants.deny(feature, to: tenant.id, noting: entry)
        return Self.back(to: tenant)
    }

    private func set(_ status: String, _ visit: OperatorVisit) async throws -> Response {
        let tenant = try await find(visit)
        let entry = try visit.caller(of: tenant.id).entry(
            "tenant.status", "tenant:\(tenant.id)", outcome: status, recorder, at: now())
        try await tenants.setStatus(status, of: tenant.id, noting: entry)
        return Self.back(to: tenant)
    }

    private func find(_ visit: OperatorVisit) async throws -> TenantStore.Tenant {
        guard let id = visit.id, let tenant = try await tenants.find(id) else { throw APIError.notFound }
        return tenant
    }

    private static func feature(_ visit: OperatorVisit) throws -> Feature {
        guard let feature = visit.path.get("feature").flatMap(Feature.init) else { throw APIError.notFound }
        return feature
    }

    private static func back(to tenant: TenantStore.Tenant) -> Response {
        .redirect(to: "/console/operator/tenants/\(tenant.id)", type: .normal)
    }
}

extension OperatorPages {
    private static func row(
        _ tenant: TenantStore.Tenant, _ load: OperatorOverview.TenantLoad?, at now: Date
    ) -> [String: Any] {
        let isSuspended = tenant.status == "suspended"
        return [
            "id": tenant.id, "tenantName": tenant.name, "isSuspended": isSuspended,
            "state": (isSuspended ? Badge("Suspended", .bad) : Badge("Active", .good)).content,
            "health": (load?.isTroubled == true ? Badge("Faults", .wait) : Badge("No faults", .calm)).content,
            "allowed": tenant.features, "campaigns": load?.campaigns ?? 0, "backlog": load?.backlog ?? 0,
            "oldest": load?.oldest.map { age(of: $0, at: now) } ?? "none",
        ]
    }

    private static func facts(
        _ tenant: TenantStore.Tenant, _ load: OperatorOverview.TenantLoad?
    ) -> [[String: Any]] {
        [
            ("Tenant id", String(tenant.id)), ("Created", ConsoleTime.text(tenant.createdAt)),
            ("Campaigns", String(load?.campaigns ?? 0)), ("Failing connections", String(load?.troubled ?? 0)),
            ("Failing webhook endpoints", String(load?.failingEndpoints ?? 0)),
            ("Failed jobs", String(load?.failedJobs ?? 0)),
            ("Requests", "\(tenant.limits.perMinute) a minute, \(tenant.limits.perSecond) a second for each key"),
            ("E-mails a day", String(tenant.emailPerDay)), ("Return URLs", tenant.returnURLs.joined(separator: ", ")),
        ].filter { !$0.1.isEmpty }.map { ["name": $0.0, "value": $0.1] }
    }

    /// How long something has waited, in one unit, such as `3 min`.
    static func age(of date: Date, at now: Date) -> String {
        let seconds = max(0, Int(now.timeIntervalSince(date)))
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}
