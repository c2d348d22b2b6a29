import ArgumentParser
import HearthOperations

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Who did what.", subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that the audit was not tampered with; fails if it was.")
        @Option(help: "The tenant's id; without it every tenant.") var tenant: Int64?
        @Option(help: "What an earlier run printed, noted where the database's owner cannot reach it.") var anchor:
            String?
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.verifyAudit(tenant: tenant, anchor: anchor) }
        }
    }
}
