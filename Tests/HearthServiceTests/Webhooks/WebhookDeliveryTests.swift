import Foundation
import HTTPTypes
import HearthRules
import HearthTesting
import HummingbirdTesting
import Postgres
import StrictJSON
import Testing

/// Deliveries from the event's commit to the partner's server: signatures, retries, order, and the ends of an endpoint.
@Suite("Webhook deliveries", .timeLimit(.minutes(2)))
struct WebhookDeliveryTests {
    /// A partner with an endpoint, and an active campaign whose events it has received.
    private func with(
        events: [String] = ["*"],
        _ body: @escaping @Sendable (TestService, TestPartner, WebhookReceiver, Endpoint) async throws -> Void
    ) async throws {
        try await WebhookReceiver.with { receiver in
            try await TestService.with { service in
                let partner = try await service.partner()
                let campaign = try await partner.connect("ann@corp.example")
                try await partner.bring(campaign, to: .active)
                let (id, secret) = try await partner.webhook(receiver, events: events)
                try await body(service, partner, receiver, Endpoint(id: id, secret: secret, campaign: campaign))
            }
        }
    }

    struct Endpoint: Sendable {
        let id: Int64
        let secret: String
        let campaign: Int64
    }

    @Test("a delivery carries its event, an id that stays, the time, and a signature by the secret")
    func signed() async throws {
        try await with { service, partner, receiver, endpoint in
            _ = try await partner.command("pause", endpoint.campaign)
            #expect(try await service.drain(service.deliveries) == 1)
            let delivery = try #require(receiver.deliveries.first)
            let event = try #require(try await partner.events().last)
            #expect((delivery.event.type, delivery.event.id, delivery.id) == ("campaign.paused", event.id, event.id))
            #expect(delivery.timestamp == Int(service.clock.now.timeIntervalSince1970))
            #expect(delivery.isSigned(with: endpoint.secret))
            #expect(!delivery.isReplay)
            // Both secrets sign until the former one ends.
            let path = "/webhooks/endpoints/\(endpoint.id)/rotate-secret"
            let rotated = try await partner.call(.post, path, #"{"overlap":3600}"#)
            let newest = try #require(rotated.data?["secret"]?.asString, "\(rotated.text)")
            for (command, isOver) in [("resume", false), ("pause", true)] {
                if isOver { service.clock.advance(3_601) }
                receiver.clear()
                _ = try await partner.command(command, endpoint.campaign)
                try await service.drain(service.deliveries)
                let delivery = try #require(receiver.deliveries.first)
                #expect(delivery.isSigned(with: newest))
                #expect(delivery.isSigned(with: endpoint.secret) == !isOver)
            }
        }
    }

    @Test("a delivery that is refused is tried again after each pause of the schedule, and then given up")
    func schedule() async throws {
        try await with { service, partner, receiver, endpoint in
            receiver.behave { _ in "500 Internal Server Error" }
            _ = try await partner.command("pause", endpoint.campaign)
            let pauses = RetryPolicy.standard.pauses
            for (attempt, pause) in pauses.enumerated() {
                try await service.drain(service.deliveries)
                #expect(receiver.deliveries.count == attempt + 1)
                let lane = try await lane(of: endpoint, service)
                #expect(lane == Lane(attempts: attempt + 1, dueIn: TimeInterval(pause), isFrozen: false))
                service.clock.advance(TimeInterval(pause) - 1)
                try await service.drain(service.deliveries)
                #expect(receiver.deliveries.count == attempt + 1, "not before its time")
                service.clock.advance(1)
            }
            try await service.drain(service.deliveries)
            #expect(receiver.deliveries.count == pauses.count + 1)
            #expect(Set(receiver.deliveries.map(\.id)).count == 1)
            #expect(try await lane(of: endpoint, service) == Lane(attempts: 0, dueIn: nil, isFrozen: false))
            #expect(try await statuses(of: endpoint, service) == ["exhausted"])
            // The partner's feed has it all the same, and what is wrong with the endpoint.
            let types = try await partner.events().map(\.type)
            #expect(types.suffix(2) == ["campaign.paused", "webhook.endpoint_failing"])
            #expect(service.log.errors == [])
        }
    }

    @Test(
        "Retry-After lengthens a pause and never shortens it",
        arguments: [("120", 120), ("1", 5), ("90000", 86_400), ("soon", 5)])
    func retryAfter(_ header: String, _ seconds: TimeInterval) async throws {
        try await with { service, partner, receiver, endpoint in
            receiver.behave { _ in .init("429 Too Many Requests", headers: "Retry-After: \(header)\r\n") }
            _ = try await partner.command("pause", endpoint.campaign)
            try await service.drain(service.deliveries)
            #expect(try await lane(of: endpoint, service).dueIn == seconds)
            receiver.behave { _ in .accepted }
            service.clock.advance(seconds)
            try await service.drain(service.deliveries)
            #expect(receiver.deliveries.count == 2)
            #expect(try await statuses(of: endpoint, service) == ["delivered"])
        }
    }

    @Test("410 disables the endpoint and says so; enabling it goes on with the same event")
    func gone() async throws {
        try await with { service, partner, receiver, endpoint in
            receiver.behave { _ in "410 Gone" }
            _ = try await partner.command("pause", endpoint.campaign)
            try await service.drain(service.deliveries)
            let shown = try await partner.call(.get, "/webhooks/endpoints/\(endpoint.id)").data
            #expect((shown?["status"], shown?["disabled_reason"]) == (.string("disabled"), .string("gone")))
            #expect(try await partner.events().last?.type == "webhook.endpoint_disabled")
            // What happens meanwhile waits with it.
            _ = try await partner.command("resume", endpoint.campaign)
            service.clock.advance(86_400)
            try await service.drain(service.deliveries)
            #expect(receiver.deliveries.count == 1)
            #expect(try await lane(of: endpoint, service).isFrozen)

            receiver.clear()
            receiver.behave { _ in .accepted }
            let enabled = try await partner.call(
                .patch, "/webhooks/endpoints/\(endpoint.id)", #"{"status":"enabled"}"#)
            #expect(enabled.status == .ok)
            try await service.drain(service.deliveries)
            #expect(receiver.types.filter { $0.hasPrefix("campaign.") } == ["campaign.paused", "campaign.resumed"])
            #expect(try await statuses(of: endpoint, service) == ["delivered", "delivered"])
        }
    }

    @Test("a disabled endpoint receives nothing; enabled again, it receives what it missed in order")
    func disabled() async throws {
        try await with { service, partner, receiver, endpoint in
            receiver.behave { _ in "503 Service Unavailable" }
            _ = try await partner.command("pause", endpoint.campaign)
            _ = try await partner.command("resume", endpoint.campaign)
            try await service.drain(service.deliveries)
            let path = "/webhooks/endpoints/\(endpoint.id)"
            #expect(try await partner.call(.patch, path, #"{"status":"disabled"}"#).status == .ok)
            receiver.clear()
            receiver.behave { _ in .accepted }
            service.clock.advance(3_600)
            try await service.drain(service.deliveries)
            #expect(receiver.deliveries.isEmpty)
            #expect(try await partner.call(.patch, path, #"{"status":"enabled"}"#).status == .ok)
            try await service.drain(service.deliveries)
            #expect(receiver.types.filter { $0.hasPrefix("campaign.") } == ["campaign.paused", "campaign.resumed"])
        }
    }

    @Test("events of a campaign wait for the one before, and no other campaign's events wait for them")
    func order() async throws {
        try await with(events: EventType.all.filter { $0.hasPrefix("campaign.") }) {
            service, partner, receiver, endpoint in
            let other = try await partner.connect("bob@corp.example")
            try await service.drain(service.deliveries)
            receiver.clear()
            receiver.behave { $0.event.type == "campaign.paused" ? "500 Internal Server Error" : .accepted }
            for command in ["pause", "resume"] { _ = try await partner.command(command, endpoint.campaign) }
            _ = try await partner.command("start", other)
            try await service.drain(service.deliveries)
            #expect(Set(receiver.types) == ["campaign.paused", "campaign.started"])
            #expect(receiver.deliveries.count == 2)
            receiver.behave { _ in .accepted }
            service.clock.advance(5)
            try await service.drain(service.deliveries)
            #expect(receiver.types.suffix(2) == ["campaign.paused", "campaign.resumed"])
            let sequences = receiver.deliveries.suffix(2).map(\.event.sequence)
            #expect(sequences == sequences.sorted() && Set(sequences).count == 2)
        }
    }

    @Test("a process that dies after it has sent sends again, with the same id, when its lease has ended")
    func killed() async throws {
        try await with { service, partner, receiver, endpoint in
            _ = try await partner.command("pause", endpoint.campaign)
            #expect(try await service.look(service.deliveries, isKilled: true) == 1)
            #expect(receiver.deliveries.count == 1)
            #expect(try await service.drain(service.deliveries) == 0, "it is leased")
            #expect(try await statuses(of: endpoint, service) == ["pending"])
            service.clock.advance(3_600)
            try await service.drain(service.deliveries)
            #expect(receiver.deliveries.count == 2)
            #expect(Set(receiver.deliveries.map(\.id)).count == 1)
            #expect(try await statuses(of: endpoint, service) == ["delivered"])
        }
    }

    @Test("one event is sent again at once, marked as a replay, beside what is queued")
    func replayOfOne() async throws {
        try await with { service, partner, receiver, endpoint in
            let event = try #require(try await partner.events().first { $0.type == "campaign.started" })
            let answer = try await partner.call(.post, "/webhooks/events/\(event.id)/replay", "{}")
            #expect((answer.status, answer.code) == (.accepted, "EVENT_REPLAYED"))
            try await service.drain(service.deliveries)
            let delivery = try #require(receiver.deliveries.first)
            #expect((delivery.id, delivery.isReplay) == (event.id, true))
            #expect(delivery.isSigned(with: endpoint.secret))
            #expect(receiver.deliveries.count == 1)
        }
    }

    @Test("everything since a time is sent again by a job, each campaign's events in their order")
    func replaySince() async throws {
        try await with { service, partner, receiver, endpoint in
            let start = service.clock.now
            service.clock.advance(60)
            for command in ["pause", "resume", "pause"] { _ = try await partner.command(command, endpoint.campaign) }
            try await service.drain(service.deliveries)
            receiver.clear()
            let since = Date.ISO8601FormatStyle().format(start.addingTimeInterval(1))
            let answer = try await partner.call(
                .post, "/webhooks/endpoints/\(endpoint.id)/replay", #"{"since":"\#(since)"}"#)
            #expect(answer.status == .accepted, "\(answer.text)")
            try await service.drain(service.jobs)
            try await service.drain(service.deliveries)
            #expect(receiver.types == ["campaign.paused", "campaign.resumed", "campaign.paused"])
            #expect(receiver.deliveries.map(\.isReplay) == [true, true, true])
            let job = try await partner.call(.get, "/jobs/\(try #require(answer.data?["id"]?.asInteger))").data
            #expect((job?["status"], job?["succeeded"]) == (.string("completed"), .integer(3)))
        }
    }

    private struct Lane: Equatable {
        let attempts: Int
        /// Seconds; nil if nothing waits.
        let dueIn: TimeInterval?
        let isFrozen: Bool
    }

    /// The lane of the endpoint's campaign.
    private func lane(of endpoint: Endpoint, _ service: TestService) async throws -> Lane {
        let rows = try await service.database.read(
            """
            SELECT attempt, due_at, is_frozen FROM webhook_lanes
            WHERE endpoint_id = \(endpoint.id) AND lane_key = \("campaign:\(endpoint.campaign)")
            """)
        let row = try #require(rows.first)
        let due: Date? = try row[nullable: "due_at"]
        return Lane(
            attempts: try row["attempt"], dueIn: due?.timeIntervalSince(service.clock.now),
            isFrozen: try row["is_frozen"])
    }

    /// Of the deliveries of the endpoint's campaign, in order.
    private func statuses(of endpoint: Endpoint, _ service: TestService) async throws -> [String] {
        try await service.database.read(
            """
            SELECT status FROM webhook_deliveries
            WHERE endpoint_id = \(endpoint.id) AND lane_key = \("campaign:\(endpoint.campaign)") ORDER BY number
            """
        ).map { try $0["status"] }
    }
}
