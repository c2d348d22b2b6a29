import ArgumentParser
import HearthOperations

struct MemberCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member", abstract: "People who sign in to a tenant's console through its OpenID provider.",
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a member, or change their role.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(help: "The address, which the provider must have verified unless you give the subject.") var email:
            String
        @Option(help: "The provider's `sub` claim for this person.") var subject: String?
        @Option(help: "administrator, or manager: campaigns and consents only.") var role: String
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) {
                try await $0.addMember(email, subject: subject, role: role, tenant: tenant)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A tenant's members.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.listMembers(tenant: tenant) }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a member; their sessions end at once.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(help: "The address.") var email: String
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.removeMember(email, tenant: tenant) }
        }
    }
}

struct SignInCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-in", abstract: "The OpenID provider of a tenant's members.",
        subcommands: [Set.self, Remove.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set the provider; prints the redirect URI.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(help: "The issuer, exactly as in its discovery document.") var issuer: String
        @Option(name: .customLong("client-id"), help: "This service's client id at the provider.") var clientID: String
        @Option(name: .customLong("secret-file"), help: "A file that holds the client secret.") var secretFile: String
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) {
                try await $0.setSignIn(tenant: tenant, issuer: issuer, clientID: clientID, secretFile: secretFile)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove the provider; members' sessions end at once.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.removeSignIn(tenant: tenant) }
        }
    }
}
