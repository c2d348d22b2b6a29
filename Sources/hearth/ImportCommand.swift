import ArgumentParser
import Foundation
import HearthOperations

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import campaigns from another service.", subcommands: [Mailivery.self])

    struct Mailivery: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a link for the owner of every campaign of a Mailivery account.",
            discussion: """
                Reads the account's campaigns and settings, and changes nothing there. Each campaign keeps its old id as
                external_id. It can be run repeatedly: campaigns that have a link or are connected stay as they are, missing
                links are created. Progress goes to standard error, the links to standard output.
                """)

        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(name: .customLong("base-url"), help: "The base URL of the account's API.")
        var base = "https://app.mailivery.io/api/v1"
        @Option(
            help:
                "The account's API key; MAILIVERY_API_KEY by default, which keeps it out of process listings."
        )
        var key: String?
        @Flag(name: .customLong("dry-run"), help: "Print what would be done, and do nothing.") var isDryRun = false
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard let key = key ?? ProcessInfo.processInfo.environment["MAILIVERY_API_KEY"], !key.isEmpty else {
                throw ValidationError("Give the account's API key in --key or MAILIVERY_API_KEY")
            }
            let line = ProgressLine()
            try await withOperator(output) { op in
                let answer = try await op.importMailivery(
                    tenant: tenant, base: base, key: key, isDryRun: isDryRun, progress: line.show)
                line.end()
                return answer
            }
        }
    }
}
