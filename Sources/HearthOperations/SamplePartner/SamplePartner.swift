import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import HearthWebhooks
import Hummingbird
package import Logging
import Outbound
import ServiceLifecycle
import StrictJSON

/// A minimal partner platform: verifies signatures, removes duplicates by `webhook-id`, starts the mailboxes that it
/// expects and deletes all others. It keeps its own records and uses nothing of Hearth but its API.
package struct SamplePartner: Sendable {
    package struct Settings: Sendable {
        package let host: String
        package let port: Int
        /// `whsec_…`
        package let secret: String
        /// Hearth's base URL, such as `http://127.0.0.1:8080`.
        package let api: String
        package let key: String
        package let expected: [String]
        package let recordsFile: String?

        package init(
            host: String, port: Int, secret: String, api: String, key: String, expected: [String], recordsFile: String?
        ) {
            self.host = host
            self.port = port
            self.secret = secret
            self.api = api
            self.key = key
            self.expected = expected
            self.recordsFile = recordsFile
        }
    }

    private let settings: Settings
    private let secret: WebhookSecret
    private let records: SamplePartnerRecords
    private let logger: Logger

    package init(_ settings: Settings, logger: Logger) throws {
        guard let secret = WebhookSecret(settings.secret) else {
            throw OperatorRefusal("--secret must be whsec_ followed by base64")
        }
        self.settings = settings
        self.secret = secret
        self.logger = logger
        records = SamplePartnerRecords(file: settings.recordsFile)
    }

    package func run() async throws {
        var configuration = OutboundEngine.Configuration(name: "partner", policy: .unrestricted)
        configuration.allowsPlainHTTP = true
        let engine = try OutboundEngine(configuration)
        let router = Router()
        router.post("webhooks") { request, _ in try await receive(request, engine: engine) }
        router.get("records") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(bytes: records.json)))
        }
        let application = try makeApplication(
            router: router, address: .hostname(settings.host, port: settings.port), logger: logger)
        try await application.runService()
        await engine.shutdown()
    }

    private func receive(_ request: Request, engine: OutboundEngine) async throws -> Response {
        let body = Array(try await request.body.collect(upTo: 65_536).readableBytesView)
        guard let id = header("webhook-id", of: request),
            let timestamp = header("webhook-timestamp", of: request).flatMap({ Int($0) }),
            let signatures = header("webhook-signature", of: request),
            signatures.split(separator: " ").contains(
                Substring(secret.signature(id: id, timestamp: timestamp, body: body)))
        else { return Response(status: .unauthorized) }
        // Already handled; the response to the earlier delivery was lost.
        guard records.isNew(id) else { return Response(status: .ok) }
        guard let event = SamplePartnerEvent(id: id, body: body) else { return Response(status: .badRequest) }
        do {
            records.add(event, action: try await decide(event, engine: engine))
            return Response(status: .ok)
        } catch {
            records.forget(id)
            return Response(status: .serviceUnavailable)
        }
    }

    /// Starts the campaign of an expected mailbox and deletes any other.
    private func decide(_ event: SamplePartnerEvent, engine: OutboundEngine) async throws -> String {
        guard event.type == "campaign.pending", let campaign = event.campaignID else { return "noted" }
        let isExpected = settings.expected.contains { $0.lowercased() == event.email.lowercased() }
        let path = "/api/v1/campaigns/\(campaign)" + (isExpected ? "/start-warmup" : "")
        let response = try await engine.send(
            OutboundRequest(
                isExpected ? .patch : .delete, try TargetURL(settings.api + path, allowsPlainHTTP: true),
                headers: [OutboundHeader("authorization", "Bearer \(settings.key)")]))
        guard response.status == 200 else { throw OperatorRefusal("Hearth answered \(response.status)") }
        return isExpected ? "started" : "deleted"
    }

    private func header(_ name: String, of request: Request) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }
}
