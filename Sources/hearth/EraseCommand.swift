import ArgumentParser
import HearthOperations

struct EraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Erase a mailbox or a tenant with all of its data, at once and for good.",
        discussion: "Leaves a receipt with row counts per table. Microsoft is not notified: it has no API for that.")
    @Option(help: "The mailbox.")
    var mailbox: Int64?
    @Option(help: "The tenant, with all its mailboxes.")
    var tenant: Int64?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (mailbox == nil) != (tenant == nil) else {
            throw ValidationError("Give either --mailbox ID or --tenant ID.")
        }
    }

    func run() async throws {
        try await withOperator(output) { hearth in
            if let mailbox { return try await hearth.erase(mailbox: mailbox) }
            return try await hearth.erase(tenant: tenant ?? 0)
        }
    }
}
