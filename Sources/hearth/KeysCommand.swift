import ArgumentParser
import Foundation
import HearthCore
import HearthOperations

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The encryption keys that seal tokens and secrets in the database.",
        subcommands: [Status.self, Rotate.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How many values each key has sealed, and which key may be removed.")
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.keyStatus() }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal everything again with the newest key, while the service runs.",
            discussion: """
                First add the new key to HEARTH_ENCRYPTION_KEYS as the second one and restart every process; then put it \
                first and restart every process; then run this. It can be stopped and run again at any point.
                """)
        @Flag(
            inversion: .prefixedNo, help: "Wait up to two minutes until no process seals with an older key any more.")
        var wait = true
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let line = ProgressLine()
            try await withOperator(output) { hearth in
                let result: Result<Answer, any Error>
                do {
                    result = .success(try await hearth.rotateKeys(waits: wait) { line.show($0.words) })
                } catch {
                    result = .failure(error)
                }
                line.end()
                return try result.get()
            }
        }
    }
}
