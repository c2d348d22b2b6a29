import ArgumentParser
import Foundation
import HearthMailboxes
import HearthOperations

struct MicrosoftAppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "microsoft-app", abstract: "A tenant's own Entra application, in place of the operator's.",
        subcommands: [Set.self, List.self, RotateSecret.self, Remove.self])

    /// A secret is never an argument: those are seen by everybody who lists processes.
    struct SecretOptions: ParsableArguments {
        @Option(name: .customLong("secret-file"), help: "The file that has the secret; without it, standard input.")
        var secretFile: String?
        @Option(
            name: .customLong("secret-expires"),
            help: "When the secret ends, such as 2027-03-31; warned of 30 days before.")
        var secretExpires: String?

        func secret() throws -> String {
            let data: Data?
            if let secretFile {
                data = FileManager.default.contents(atPath: secretFile)
            } else {
                data = try FileHandle.standardInput.readToEnd() ?? Data()
            }
            guard let data else { throw ValidationError("The secret cannot be read.") }
            return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Use an application of the tenant's own for new links.",
            discussion: "Connections that were made through another application go on through that one.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(name: .customLong("client-id"), help: "The application's (client) id.") var clientID: String
        @OptionGroup var secret: SecretOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let text = try secret.secret()
            try await withOperator(output) {
                try await $0.setMicrosoftApp(
                    tenant: tenant, clientID: clientID, secret: text, expires: secret.secretExpires)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A tenant's applications, and what uses them.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.listMicrosoftApps(tenant: tenant) }
        }
    }

    struct RotateSecret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-secret", abstract: "Use a new secret at once; the former one stays as a reserve.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(help: "The application's number in hearth microsoft-app list.") var app: Int64
        @OptionGroup var secret: SecretOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let text = try secret.secret()
            try await withOperator(output) {
                try await $0.rotateMicrosoftAppSecret(
                    tenant: tenant, app: app, secret: text, expires: secret.secretExpires)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Destroy the secrets of one that nothing uses.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(help: "The application's number in hearth microsoft-app list.") var app: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.removeMicrosoftApp(tenant: tenant, app: app) }
        }
    }
}
