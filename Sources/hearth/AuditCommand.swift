import ArgumentParser
import HearthOperations

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The audit log.", subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify that the audit was not tampered with; fails if it was.")
        @Option(help: "The tenant's id; all tenants if omitted.") var tenant: Int64?
        @Option(help: "The output of an earlier run, kept where the database's owner cannot reach it.") var anchor:
            String?
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.verifyAudit(tenant: tenant, anchor: anchor) }
        }
    }
}
