import Foundation
package import HearthCore
package import HearthRules
import Logging
package import Outbound
import ServiceLifecycle

/// The worker that delivers: discovers endpoints with something due, claims their lanes, sends, settles.
///
/// In flight at once: 512 a process, 32 a tenant, 8 an endpoint, so that a slow endpoint holds up nobody else. What goes
/// wrong in this process counts against no endpoint: the lane is given back with its attempts as they were.
package struct DeliverWebhooks: Service, CustomStringConvertible {
    let lanes: LaneStore
    let sender: SendWebhook
    let work: WorkHints
    let meters: Meters
    let now: @Sendable () -> Date
    let random: @Sendable () -> Double
    let reached: @Sendable (Checkpoint) -> Void
    /// Asked before every claim and every attempt.
    let maySend: @Sendable () async -> Bool
    let logger: Logger
    package let policy = RetryPolicy.standard
    private let slots = DeliverySlots()

    package var description: String { "DeliverWebhooks" }

    /// Seconds until a lane is due again for which this process had no room.
    private static let rest: TimeInterval = 2

    /// One look claims lanes of so many endpoints in one pipeline.
    private static let claimBatch = 64

    package init(_ dependencies: Dependencies, engine: OutboundEngine, random: @escaping @Sendable () -> Double) {
        lanes = LaneStore(database: dependencies.workDatabase, keyRing: dependencies.keyRing)
        sender = SendWebhook(dependencies, engine: engine)
        work = dependencies.work
        meters = dependencies.meters
        now = dependencies.now
        self.random = random
        reached = dependencies.reached
        let (quarantine, database) = (dependencies.quarantine, dependencies.workDatabase)
        maySend = { await quarantine.isOver(database) }
        logger = dependencies.logger
    }

    /// Until shutdown; what is in flight then is finished.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                do {
                    for lane in try await claim() {
                        group.addTask { await deliver(lane) }
                    }
                } catch {
                    logger.warning("Due deliveries could not be claimed; trying again", metadata: ["error": "\(error)"])
                }
                await cancelWhenGracefulShutdown { await work.waitForDeliveries(atMost: .seconds(1)) }
            }
        }
    }

    private func claim() async throws -> [WebhookLane] {
        guard await maySend() else { return [] }
        let due = slots.inTurn(try await lanes.dueEndpoints(at: now()))
        var claimed: [WebhookLane] = []
        for start in stride(from: 0, to: due.count, by: Self.claimBatch) {
            let wanted = due[start..<min(start + Self.claimBatch, due.count)].compactMap { endpoint in
                let count = slots.reserve(endpoint)
                return count > 0 ? (endpoint, count) : nil
            }
            guard !wanted.isEmpty else { continue }
            do {
                let lanes = try await lanes.claim(wanted, at: now())
                slots.returnUnused(of: wanted, taken: lanes)
                claimed += lanes
            } catch {
                slots.returnUnused(of: wanted, taken: [])
                // What was claimed before is delivered all the same.
                guard !claimed.isEmpty else { throw error }
                logger.warning("Due deliveries could not all be claimed", metadata: ["error": "\(error)"])
                break
            }
        }
        if !claimed.isEmpty { reached(.deliveryClaimed) }
        return claimed
    }

    // MARK: One lane

    private func deliver(_ claimed: WebhookLane) async {
        defer {
            slots.release(claimed)
            work.deliveryEnded()
        }
        var lane = claimed
        do {
            guard let (target, deliveries) = try await lanes.load(lane) else {
                return try await lanes.release(lane, dueAt: now().addingTimeInterval(60))
            }
            guard let first = deliveries.first, first.number == lane.next else {
                return try await lanes.giveUp(lane, before: deliveries.first?.number ?? lane.last + 1, at: now())
            }
            for delivery in deliveries {
                guard await maySend() else { return try await lanes.release(lane, dueAt: now().addingTimeInterval(5)) }
                let attempt = try await sender.send(
                    delivery.event, to: target, of: lane.tenantID, isReplay: lane.isReplay)
                reached(.deliverySent)
                meters.webhookAttempt(outcome: attempt.outcome.rawValue, duration: attempt.duration)
                guard attempt.outcome == .accepted else {
                    let pause = policy.pause(
                        afterFailed: lane.attempts + 1, random: random(), retryAfter: attempt.retryAfter)
                    return try await lanes.fail(
                        delivery.number, of: lane, attempt: attempt, retryAt: pause.map(now().addingTimeInterval),
                        at: now())
                }
                let isLast = delivery.number == first.number + Int64(deliveries.count) - 1
                let settlement = try await lanes.accept(
                    delivery.number, of: lane, attempt: attempt, keepsLease: !isLast, at: now())
                guard let settlement else { return }
                lane = lane.advanced
                // Disabled, deleted, led elsewhere or signed anew: the rest goes by what holds now.
                if !isLast, settlement.endpointUpdatedAt != target.updatedAt {
                    return try await lanes.release(lane, dueAt: now())
                }
            }
        } catch let fault as SendWebhook.NotTried {
            meters.webhookPostponed()
            logger.debug(
                "A delivery was postponed",
                metadata: ["endpoint.id": "\(lane.endpointID)", "error": "\(fault.cause)"])
            await cleanUp("the lease of a lane") { [lane, lanes, now] in
                try await lanes.release(lane, dueAt: now().addingTimeInterval(Self.rest))
            }
        } catch {
            // The lease runs out and the head is sent again, under the same webhook-id.
            logger.warning(
                "A delivery was not settled; it will be sent again",
                metadata: ["endpoint.id": "\(lane.endpointID)", "error": "\(error)"])
        }
    }
}

extension WebhookLane {
    /// After its head was accepted.
    fileprivate var advanced: WebhookLane {
        WebhookLane(
            tenantID: tenantID, endpointID: endpointID, key: key, next: next + 1, last: last, attempts: 0, lease: lease)
    }
}
