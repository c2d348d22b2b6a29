import Foundation
import HearthCore
import HearthGraphMail
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import Postgres

/// Commits the outcome of a step of a watch, and decides what follows.
struct WatchSettlement: Sendable {
    let claim: WatchWork
    let ids: IDSource
    let keyRing: KeyRing
    let now: Date

    private var watch: Watch { claim.watch }

    /// Allocates the ids of the messages on a page, before the transaction.
    func prepare(_ outcome: WatchWork.Outcome) async throws -> [Int64] {
        guard case .page(_, let arrivals) = outcome else { return [] }
        var allocated: [Int64] = []
        for _ in arrivals { allocated.append(try await ids.next()) }
        return allocated
    }

    /// - Returns: the next step under the same lease, nil if the lease has ended; and whether an event was written.
    func commit(
        _ outcome: WatchWork.Outcome, ids: [Int64], in transaction: inout Transaction
    ) throws -> (next: WatchWork?, isTold: Bool) {
        guard try !transaction.query(WatchTable.hold(watch, at: now)).isEmpty else { return (nil, false) }
        var isTold = false
        let next = try step(after: outcome, ids: ids, isTold: &isTold, in: &transaction)
        if next == nil { transaction.write(WatchTable.release(watch)) }
        return (next, isTold)
    }

    private func step(
        after outcome: WatchWork.Outcome, ids: [Int64], isTold: inout Bool, in transaction: inout Transaction
    ) throws -> WatchWork? {
        var next = claim
        switch outcome {
        case .prepared(let secret):
            transaction.write(WatchTable.prepare(watch, secretHash: NotificationSecret.hash(secret)))
            next.step = .subscribe(secret: secret)
            return next
        case .subscribed(let subscription):
            let life = subscription.expiresAt.timeIntervalSince(now)
            transaction.write(
                WatchTable.subscribed(
                    watch, subscription.id, until: subscription.expiresAt,
                    renewAt: now.addingTimeInterval(max(life * (1 - WatchSchedule.renewalShare), 60)), at: now))
            // Closes the gap between the subscription before and this one.
            next.step = WatchWork.firstSweep
            return next
        case .subscriptionGone:
            transaction.write(WatchTable.subscriptionGone(watch, at: now))
            next.step = .prepareSubscription
            return next
        case .impossible(let problem):
            transaction.write(WatchTable.notSubscribed(watch, because: problem, attempts: 0, retryAt: nil, at: now))
            next.step = WatchWork.firstSweep
            return next
        case .page(let page, let arrivals):
            return try continueSweep(page, arrivals, ids: ids, isTold: &isTold, in: &transaction)
        case .resync:
            guard case .sweep(let folder) = claim.step else { return nil }
            transaction.write(WatchTable.forget(folder, of: watch))
            next.positions[folder] = nil
            return next
        case .notConnected:
            transaction.write(WatchTable.pause(watch.mailboxID, of: watch.tenantID, at: now))
            return nil
        case .failed(let fault):
            return afterFault(fault, in: &transaction)
        }
    }

    /// A fault of the subscription does not stop the sweeps.
    private func afterFault(_ fault: MicrosoftFault, in transaction: inout Transaction) -> WatchWork? {
        let attempts = fault.isOurs ? watch.attempts : watch.attempts + 1
        let retryAt = now.addingTimeInterval(
            WatchSchedule.retries.pause(afterFailed: attempts, retryAfter: fault.retryAfter))
        if case .sweep = claim.step {
            transaction.write(WatchTable.postpone(watch, to: retryAt, attempts: attempts))
            return nil
        }
        transaction.write(
            WatchTable.notSubscribed(
                watch, because: fault.graphCode ?? "TEMPORARY_FAULT", attempts: attempts, retryAt: retryAt, at: now))
        guard watch.sweepAt <= now else { return nil }
        var next = claim
        next.step = WatchWork.firstSweep
        return next
    }

    /// Commits a page with the position behind it.
    private func continueSweep(
        _ page: DeltaPage, _ arrivals: [Arrival], ids: [Int64], isTold: inout Bool, in transaction: inout Transaction
    ) throws -> WatchWork? {
        guard case .sweep(let folder) = claim.step else { return nil }
        var next = claim
        let found =
            folder == .sent
            ? try SentCopies(watch: watch, now: now).record(page.messages, keyRing: keyRing, in: &transaction)
            : try Arrivals(watch: watch, folder: folder, now: now).record(
                arrivals, ids: ids, keyRing: keyRing, in: &transaction)
        isTold = found > 0
        next.hasFound = claim.hasFound || found > 0
        transaction.write(WatchTable.move(folder, of: watch, to: page.link))
        next.positions[folder] = page.link
        guard page.isLast else { return next }
        let folders = WatchedFolder.allCases
        if let index = folders.firstIndex(of: folder), index + 1 < folders.count {
            next.step = .sweep(folders[index + 1])
            return next
        }
        finish(hasFound: next.hasFound, in: &transaction)
        return nil
    }

    private func finish(hasFound: Bool, in transaction: inout Transaction) {
        let isActive = hasFound || !watch.notifications.isEmpty
        let pause = isActive ? WatchSchedule.afterActivity : WatchSchedule.quiet
        transaction.write(WatchTable.answered(watch))
        transaction.write(WatchTable.swept(watch, next: now.addingTimeInterval(pause), at: now))
    }
}
