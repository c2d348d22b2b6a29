import ArgumentParser
import Foundation
import HearthOperations

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "API keys of a tenant.", subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a key; it is shown once.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(help: "What the key is for.") var name = "default"
        @Option(
            help: """
                Comma-separated: campaigns:read, campaigns:write, messages:read, messages:write, webhooks, keys; all if
                omitted.
                """)
        var scopes: String?
        @Option(name: .customLong("expires-in"), help: "Seconds until it expires; never if omitted.")
        var expiresIn: Int?
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let scopes = scopes?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            try await withOperator(output) {
                try await $0.createKey(tenant: tenant, name: name, scopes: scopes, lifetime: expiresIn)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A tenant's keys.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.listKeys(tenant: tenant) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a key; takes effect within about a second.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(help: "The key's id.") var key: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.revokeKey(key, tenant: tenant) }
        }
    }
}
