import ArgumentParser
import Foundation
import HearthOperations

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take campaigns over from another service.", subcommands: [Mailivery.self])

    struct Mailivery: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a link for the owner of every campaign of a Mailivery account.",
            discussion: """
                Reads the account's campaigns and settings, and changes nothing there. Each campaign keeps its old id as
                external_id. Run it as often as you like: what has a link or is connected stays as it is, what is missing is
                made. Progress goes to standard error, the links to standard output.
                """)

        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(name: .customLong("base-url"), help: "Where the account is.")
        var base = "https://app.mailivery.io/api/v1"
        @Option(
            help:
                "The account's API key; without it the environment's MAILIVERY_API_KEY, which no list of processes shows."
        )
        var key: String?
        @Flag(name: .customLong("dry-run"), help: "Say what would be done, and do nothing.") var isDryRun = false
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard let key = key ?? ProcessInfo.processInfo.environment["MAILIVERY_API_KEY"], !key.isEmpty else {
                throw ValidationError("Name the account's API key by --key or MAILIVERY_API_KEY")
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
