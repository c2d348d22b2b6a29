import ArgumentParser
import HearthOperations

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Migrate the database to this release's schema.")

    @Flag(name: .customLong("dry-run"), help: "Only list the migrations that would be applied.")
    var dryRun = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await withOperator(output) { try await $0.migrate(dryRun: dryRun) }
    }
}
