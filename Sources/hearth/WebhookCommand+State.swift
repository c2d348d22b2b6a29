import ArgumentParser
import HearthOperations

/// Which endpoint a command is about.
struct EndpointOptions: ParsableArguments {
    @Option(help: "The tenant's id.") var tenant: Int64
    @Option(help: "The endpoint's id.") var endpoint: Int64
}

extension WebhookCommand {
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send to it again, beginning with the oldest event that waits.")
        @OptionGroup var target: EndpointOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) {
                try await $0.setWebhook(target.endpoint, tenant: target.tenant, enabled: true)
            }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send nothing to it; its events wait.")
        @OptionGroup var target: EndpointOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) {
                try await $0.setWebhook(target.endpoint, tenant: target.tenant, enabled: false)
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Replace its secret; the new one is shown once.")
        @OptionGroup var target: EndpointOptions
        @Option(help: "Seconds in which the former secret signs, too; without it a day, at most a week.")
        var overlap: Int?
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) {
                try await $0.rotateWebhook(target.endpoint, tenant: target.tenant, overlap: overlap)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove it, and drop what waits for it.")
        @OptionGroup var target: EndpointOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.deleteWebhook(target.endpoint, tenant: target.tenant) }
        }
    }
}
