import HearthCore
import HearthMailboxes
import HearthOperations
import Hummingbird

/// The operator's part of the console. It exists only if `HEARTH_OPERATOR_TOKEN` is set.
struct OperatorRoutes {
    let dependencies: Dependencies
    let gate: OperatorGate

    func add(to console: ConsolePaths) {
        let signIn = OperatorSignIn(gate: gate, failures: FailedAttempts(), randomBytes: dependencies.randomBytes)
        let database = dependencies.database
        let pages = OperatorPages(
            tenants: TenantStore(database: database, ids: dependencies.ids),
            overview: OperatorOverview(database: database),
            warnings: TenantWarnings(database: database),
            ownWarnings: OperatorWarnings(dependencies.settings, database: database), recorder: dependencies.recorder,
            now: dependencies.now)
        let group = console.group("operator")
        group.get("", use: gate.page(pages.list))
        group.get("sign-in", use: signIn.form)
        group.postSession("sign-in", use: signIn.signIn)
        group.postSession("sign-out", use: gate.form(signIn.signOut))
        group.postSession("sign-out-everywhere", use: gate.form(signIn.signOutEverywhere))
        group.get("tenants/:id", use: gate.page(pages.show))
        group.post("tenants/:id/suspend", use: gate.form(pages.suspend))
        group.post("tenants/:id/resume", use: gate.form(pages.resume))
        group.post("tenants/:id/allow/:feature", use: gate.form(pages.allow))
        group.post("tenants/:id/deny/:feature", use: gate.form(pages.deny))
    }
}
