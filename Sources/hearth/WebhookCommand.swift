import ArgumentParser
import Foundation
import HearthOperations

struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook", abstract: "A tenant's webhook endpoints.",
        subcommands: [Add.self, List.self, Enable.self, Disable.self, Rotate.self, Delete.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add an endpoint; its secret is shown once.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @Option(help: "An https URL.") var url: String
        @Option(help: "Event types, comma-separated, or * for all; the standard ones if omitted.") var events: String?
        @Option(help: "Send only this owner's events.") var owner: String?
        @Option(help: "What the endpoint is for.") var description: String?
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let events = events?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            try await withOperator(output) {
                try await $0.addWebhook(
                    tenant: tenant, url: url, events: events, ownerEmail: owner, description: description)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A tenant's endpoints, with their backlog.")
        @Option(help: "The tenant's id.") var tenant: Int64
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.listWebhooks(tenant: tenant) }
        }
    }
}

struct EventCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event", abstract: "Events of a tenant.", subcommands: [Replay.self])

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send an event again, with its old webhook-id.")
        @Argument(help: "The event's id, evt_<tenant>_<position>.") var event: String
        @Option(
            help: """
                The endpoint to send it to, whichever events it receives; if omitted, every enabled endpoint that \
                receives such events.
                """)
        var endpoint: Int64?
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await withOperator(output) { try await $0.replay(event, to: endpoint) }
        }
    }
}

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "doctor", abstract: "Check what the service needs.")
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await withOperator(output) { try await $0.doctor() }
    }
}
