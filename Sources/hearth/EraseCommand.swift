import ArgumentParser
import HearthOperations

struct EraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Erase a mailbox or a tenant with everything about it, at once and for good.",
        discussion: "Leaves a receipt: how many rows of which table. Microsoft is not told; it has no call for that.")
    @Option(help: "The mailbox.")
    var mailbox: Int64?
    @Option(help: "The tenant, with all its mailboxes.")
    var tenant: Int64?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (mailbox == nil) != (tenant == nil) else {
            throw ValidationError("Name either --mailbox ID or --tenant ID.")
        }
    }

    func run() async throws {
        try await withOperator(output) { hearth in
            if let mailbox { return try await hearth.erase(mailbox: mailbox) }
            return try await hearth.erase(tenant: tenant ?? 0)
        }
    }
}
