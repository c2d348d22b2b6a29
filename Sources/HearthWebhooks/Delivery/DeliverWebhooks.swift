package import Foundation
package import HearthCore
import HearthRules
import Logging
package import Outbound
import ServiceLifecycle
import Synchronization

/// Delivers webhooks: finds endpoints with due lanes, claims the lanes, sends their heads and settles the results.
///
/// At most 512 deliveries are in flight per process, 32 per tenant and 8 per endpoint, so that a slow endpoint delays no
/// other. A failure within this process does not count against the endpoint: the lane is released with its attempts
/// unchanged.
package struct DeliverWebhooks: LeasedWork {
    package static let name = "deliver_webhooks"
    package static let limits = WorkLimits<Int64>(whole: 512, perTenant: 32, perUnit: { _ in DueEndpoint.lanesAtOnce })

    /// A lane and, once loaded, its deliveries that are still to be sent.
    package struct Claim: ClaimedWork {
        let lane: WebhookLane
        var batch: Batch?

        package var place: WorkPlace<Int64> { WorkPlace(tenant: lane.tenantID, unit: lane.endpointID) }
        package var metadata: [String: String] { ["endpoint.id": String(lane.endpointID)] }
    }

    package struct Batch: Sendable {
        let target: DeliveryTarget
        let head: WebhookDelivery
        let successors: ArraySlice<WebhookDelivery>
    }

    package enum Outcome: Sendable {
        /// The endpoint has been disabled or deleted.
        case noEndpoint
        /// Events before this delivery are no longer kept.
        case eventsGone(before: Int64)
        case attempted(WebhookAttempt, Batch)
        /// This process could not try.
        case notAttempted(OutboundError)
    }

    private let lanes: LaneStore
    private let sender: SendWebhook
    private let meters: Meters
    private let now: @Sendable () -> Date
    private let random: @Sendable () -> Double
    private let reached: @Sendable (Checkpoint) -> Void
    private let logger: Logger
    private let policy = RetryPolicy.standard
    /// The endpoint served last. The next discovery starts after it, so that slow endpoints that use up every slot do not
    /// starve the others.
    private let turn = Turn()

    private final class Turn: Sendable {
        let served = Mutex(LaneCursor.beginning)
    }

    /// Seconds until a lane is due again after it was released because this process had no room.
    private static let rest: TimeInterval = 2

    package init(_ dependencies: Dependencies, engine: OutboundEngine, random: @escaping @Sendable () -> Double) {
        lanes = LaneStore(database: dependencies.workDatabase, keyRing: dependencies.keyRing)
        sender = SendWebhook(dependencies, engine: engine)
        meters = dependencies.meters
        now = dependencies.now
        self.random = random
        reached = dependencies.reached
        logger = dependencies.logger
    }

    /// Scans all endpoints once, starting after the one served last, until enough lanes are found to fill `room`.
    package func discover(_ room: WorkRoom<Int64>, at now: Date) async throws -> WorkLook<DueEndpoint> {
        let first = turn.served.withLock { $0 }
        var look = WorkLook<DueEndpoint>()
        var rows = 0
        for span in [LaneCursor.Span(after: first), LaneCursor.Span(upTo: first)] {
            var span = span
            while true {
                let page = try await lanes.dueEndpoints(in: span, at: now)
                for endpoint in page.endpoints {
                    switch endpoint.state {
                    case .open where !room.isFull(endpoint.place):
                        look.due.append(endpoint)
                        rows += min(endpoint.rows, endpoint.limit)
                    case .off: try await lanes.freeze(endpoint)
                    case .open, .blocked: break
                    }
                }
                if rows >= room.free {
                    look.hasMore = true
                    return look
                }
                guard let last = page.last else { break }
                span.after = last
            }
        }
        return look
    }

    package func claim(_ wanted: [WantedWork<DueEndpoint>], at now: Date) async throws -> [Claim] {
        let claimed = try await lanes.claim(wanted, at: now)
        if let last = wanted.last?.due { turn.served.withLock { $0 = LaneCursor(last) } }
        if !claimed.isEmpty { reached(.deliveryClaimed) }
        return claimed.map { Claim(lane: $0) }
    }

    package func act(on claim: Claim) async throws -> Outcome {
        let batch: Batch
        if let loaded = claim.batch {
            batch = loaded
        } else {
            guard let (target, deliveries) = try await lanes.load(claim.lane) else { return .noEndpoint }
            guard let head = deliveries.first, head.number == claim.lane.next else {
                return .eventsGone(before: deliveries.first?.number ?? claim.lane.last + 1)
            }
            batch = Batch(target: target, head: head, successors: deliveries.dropFirst())
        }
        do throws(SendWebhook.NotAttempted) {
            let attempt = try await sender.send(
                batch.head.event, to: batch.target, of: claim.lane.tenantID, isReplay: claim.lane.isReplay)
            reached(.deliverySent)
            meters.webhookAttempt(outcome: attempt.outcome.rawValue, duration: attempt.duration)
            return .attempted(attempt, batch)
        } catch {
            return .notAttempted(error.cause)
        }
    }

    package func settle(_ claim: Claim, _ outcome: Outcome) async throws -> Claim? {
        let lane = claim.lane
        switch outcome {
        case .noEndpoint:
            try await lanes.release(lane, dueAt: now())
        case .eventsGone(let number):
            try await lanes.giveUp(lane, before: number, at: now())
        case .notAttempted(let cause):
            meters.webhookPostponed()
            logger.debug(
                "A delivery was postponed", metadata: ["endpoint.id": "\(lane.endpointID)", "error": "\(cause)"])
            try await release(claim)
        case .attempted(let attempt, let batch) where attempt.outcome == .accepted:
            return try await accepted(attempt, batch, of: lane)
        case .attempted(let attempt, let batch):
            let pause = policy.pause(afterFailed: lane.attempts + 1, random: random(), retryAfter: attempt.retryAfter)
            try await lanes.fail(
                batch.head.number, of: lane, attempt: attempt, retryAt: pause.map(now().addingTimeInterval), at: now())
        }
        return nil
    }

    /// - Returns: the lane with its next delivery, under the same lease; nil if this lease ends here.
    private func accepted(_ attempt: WebhookAttempt, _ batch: Batch, of lane: WebhookLane) async throws -> Claim? {
        let next = batch.successors.first
        let settlement = try await lanes.accept(
            batch.head.number, of: lane, attempt: attempt, keepsLease: next != nil, at: now())
        guard let settlement, let next else { return nil }
        guard settlement.endpointUpdatedAt == batch.target.updatedAt else {
            // The endpoint was disabled or deleted, or its URL or secret has changed: the rest must use its current state.
            try await lanes.release(lane.advanced, dueAt: now())
            return nil
        }
        return Claim(
            lane: lane.advanced,
            batch: Batch(target: batch.target, head: next, successors: batch.successors.dropFirst()))
    }

    package func release(_ claim: Claim) async throws {
        try await lanes.release(claim.lane, dueAt: now().addingTimeInterval(Self.rest))
    }
}

extension WebhookLane {
    /// The lane after its head was accepted.
    fileprivate var advanced: WebhookLane {
        WebhookLane(
            tenantID: tenantID, endpointID: endpointID, key: key, next: next + 1, last: last, attempts: 0, lease: lease)
    }
}
