import Foundation
import HearthCore
import HearthOnboarding
import Outbound
import Postgres
import StrictJSON

extension Operator {
    /// Creates a link for every campaign of a Mailivery-style account that has none here yet.
    ///
    /// - Parameters:
    ///   - base: such as `https://app.mailivery.io/api/v1`.
    ///   - progress: called after every campaign, and before every wait.
    package func importMailivery(
        tenant id: Int64, base: String, key: String, isDryRun: Bool, progress: @escaping @Sendable (String) -> Void
    ) async throws -> Answer {
        let tenant = try await require(tenant: id)
        guard tenant.features.contains(Feature.msGraph.rawValue) else {
            throw OperatorRefusal("tenant \(id) may not connect mailboxes yet; run: hearth tenant allow \(id) ms-graph")
        }
        guard let identity = try await TenantDirectory(database: database).identity(of: id) else {
            throw OperatorRefusal("tenant \(id) is deleted")
        }
        try await note("import.mailivery", tenant: id)
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        let engine = try importEngine(base)
        let source = SourceAPI(
            engine: engine, base: base, key: key, allowsPlainHTTP: settings.isDevelopment,
            pause: { try await Task.sleep(for: $0) }, onWait: progress)
        let work = MailiveryImport(
            source: source,
            store: ImportStore(database: database, tenant: id) { [clock] in
                try insertion("import.link", subject: $0, tenant: id, at: clock.now())
            },
            identity: identity, links: OperatorLinks(self), isDryRun: isDryRun,
            progress: { progress($0.words) })
        let outcome: Result<Answer, any Error>
        do {
            let (items, unreadable) = try await work.run()
            let report = ImportReport(
                tenant: tenant, items: items, unreadable: unreadable, isDryRun: isDryRun,
                sourcePool: try await source.emailPerDay())
            outcome = .success(report.answer)
        } catch {
            outcome = .failure(error)
        }
        await engine.shutdown()
        return try outcome.get()
    }

    private func importEngine(_ base: String) throws -> OutboundEngine {
        do {
            _ = try TargetURL(base, allowsPlainHTTP: settings.isDevelopment)
        } catch {
            throw OperatorRefusal("--base-url: \(error)")
        }
        var configuration = OutboundEngine.Configuration(name: "import", policy: .unrestricted)
        configuration.allowsPlainHTTP = settings.isDevelopment
        return try OutboundEngine(configuration)
    }
}

/// The dependencies for creating links in an operator command.
private struct OperatorLinks: LinkDependencies {
    let settings: Settings
    let ids: IDSource
    let keyRing: KeyRing
    let randomBytes: @Sendable (Int) -> [UInt8] = SecureRandom.bytes
    let now: @Sendable () -> Date

    init(_ op: Operator) {
        settings = op.settings
        ids = op.ids
        keyRing = op.settings.keyRing
        now = { op.clock.now() }
    }
}
