import ArgumentParser
import Foundation
import HearthMailboxes
import HearthOperations

struct MicrosoftAppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "microsoft-app", abstract: "A tenant's own Entra application, in place of the operator's.",
        subcommands: [Set.self, List.self, RotateSecret.self, Remove.self])

    /// A secret is never passed as an argument, because process listings show arguments.
    struct SecretOptions: ParsableArguments {
        @Option(name: .customLong("secret-file"), help: "The file with the secret; standard input if omitted.")
        var secretFile: String?
        @Option(
            name: .customLong("secret-expires"),
            help: "When the secret expires, such as 2027-03-31; a warning is given 30 days before.")
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
            abstract: "Use the tenant's own application for new links.",
            discussion: "Existing connections keep the application that they were made with.")
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
            commandName: "rotate-secret", abstract: "Use a new secret at once; the previous one is kept as a fallback.")
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
        static let configuration = CommandConfiguration(abstract: "Destroy the secrets of an unused application.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(help: "The application's number in hearth microsoft-app list.") var app: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.removeMicrosoftApp(tenant: tenant, app: app) }
        }
    }
}
