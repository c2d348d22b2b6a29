import ArgumentParser
import HearthOperations

/// The endpoint that a command acts on.
struct EndpointOptions: ParsableArguments {
    @Option(help: "The tenant's id.") var tenant: Int64
    @Option(help: "The endpoint's id.") var endpoint: Int64
}

extension WebhookCommand {
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enable an endpoint; the oldest waiting event is sent first.")
        @OptionGroup var target: EndpointOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) {
                try await $0.setWebhook(target.endpoint, tenant: target.tenant, enabled: true)
            }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Disable an endpoint; its events wait.")
        @OptionGroup var target: EndpointOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) {
                try await $0.setWebhook(target.endpoint, tenant: target.tenant, enabled: false)
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Replace the secret; the new one is shown once.")
        @OptionGroup var target: EndpointOptions
        @Option(help: "Seconds during which the previous secret also signs; a day if omitted, at most a week.")
        var overlap: Int?
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) {
                try await $0.rotateWebhook(target.endpoint, tenant: target.tenant, overlap: overlap)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete an endpoint and its waiting deliveries.")
        @OptionGroup var target: EndpointOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.deleteWebhook(target.endpoint, tenant: target.tenant) }
        }
    }
}
