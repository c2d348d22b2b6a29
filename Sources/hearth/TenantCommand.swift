import ArgumentParser
import HearthOperations

struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "Partner platforms.",
        subcommands: [
            Create.self, List.self, Show.self, Allow.self, Deny.self, Limits.self, Logo.self, Suspend.self,
            Resume.self, Delete.self,
        ])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a tenant.")

        @Option(help: "Its name, as mailbox owners see it.")
        var name: String
        @Option(help: "A feature that it may use: ms-graph.")
        var allow: [String] = []
        @Option(name: .customLong("email-per-day"), help: "Its daily pool of warm-up e-mails.")
        var emailPerDay = 10_000
        @Option(name: .customLong("return-url"), help: "A prefix of URLs that browsers may be sent to after consent.")
        var returnURL: [String] = []
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) {
                try await $0.createTenant(name: name, features: allow, emailPerDay: emailPerDay, returnURLs: returnURL)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All tenants.")
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.listTenants() }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One tenant.")
        @Argument(help: "The tenant's id.") var tenant: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.showTenant(tenant) }
        }
    }

    struct Allow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a tenant use a feature.")
        @Argument(help: "The tenant's id.") var tenant: Int64
        @Argument(help: "The feature: ms-graph.") var feature: String
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.setFeature(feature, of: tenant, allowed: true) }
        }
    }

    struct Deny: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Deny a tenant a feature.")
        @Argument(help: "The tenant's id.") var tenant: Int64
        @Argument(help: "The feature: ms-graph.") var feature: String
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.setFeature(feature, of: tenant, allowed: false) }
        }
    }

    struct Limits: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set a tenant's limits; those omitted do not change.")
        @Argument(help: "The tenant's id.") var tenant: Int64
        @Option(name: .customLong("requests-per-minute"), help: "For each of its API keys.") var perMinute: Int?
        @Option(name: .customLong("requests-per-second"), help: "For each of its API keys.") var perSecond: Int?
        @Option(name: .customLong("email-per-day"), help: "Its daily pool of warm-up e-mails.") var emailPerDay: Int?
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) {
                try await $0.setLimits(
                    tenant: tenant, perMinute: perMinute, perSecond: perSecond, emailPerDay: emailPerDay)
            }
        }
    }

    struct Logo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set the logo that mailbox owners see, or remove it.")
        @Argument(help: "The tenant's id.") var tenant: Int64
        @Option(help: "A PNG, JPEG or WebP image of at most 256 KiB.") var file: String?
        @Flag(help: "Remove the logo.") var remove = false
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard (file != nil) != remove else { throw ValidationError("give either --file or --remove") }
        }

        func run() async throws {
            try await withOperator(output) { try await $0.setLogo(of: tenant, file: file) }
        }
    }

    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse a tenant's keys.")
        @Argument(help: "The tenant's id.") var tenant: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.setSuspended(true, tenant: tenant) }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Accept a tenant's keys again.")
        @Argument(help: "The tenant's id.") var tenant: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.setSuspended(false, tenant: tenant) }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a tenant at once; its remaining data is erased within 30 days.")
        @Argument(help: "The tenant's id.")
        var id: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.deleteTenant(id) }
        }
    }
}
