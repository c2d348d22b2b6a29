import Foundation
import ServiceLifecycle
import Synchronization

/// Sends notifications while the application runs.
///
/// It wakes when something is queued or the clock is moved through the simulator. A clock that moves by itself, or is moved
/// from outside, is looked at every 100 ms, and only while something waits.
struct NotificationSender: Service {
    private static let pause = Duration.milliseconds(100)

    let simulator: MicrosoftSimulator

    func run() async throws {
        let (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = simulator.wakes.add(continuation)
        defer { simulator.wakes.remove(id) }
        continuation.yield()
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                // Ends when the task is cancelled.
                for await _ in wakes {
                    while let (post, epoch) = next() {
                        group.addTask { await send(post, epoch: epoch) }
                    }
                    if simulator.state.withLock({ $0.hasPlans }), simulator.wakes.startTicking() {
                        group.addTask {
                            try? await Task.sleep(for: Self.pause)
                            simulator.wakes.stopTicking()
                            continuation.yield()
                        }
                    }
                }
                group.cancelAll()
            }
        }
    }

    /// The next POST, and how often the simulator has been reset.
    private func next() -> (NotificationPost, epoch: Int)? {
        simulator.state.withLock { state in
            if let post = state.nextNotificationPost() { return (post, state.epoch) }
            // Under the lock, so that nothing can be queued in between.
            if state.notifications.busy.isEmpty { simulator.wakes.reportIdle() }
            return nil
        }
    }

    private func send(_ post: NotificationPost, epoch: Int) async {
        let milliseconds = simulator.behaviours.webhookDeadlineMilliseconds
        let status = await simulator.webhooks.post(post.body, to: post.target.url, within: milliseconds)
        simulator.state.withLock { state in
            guard state.epoch == epoch else { return }
            if Task.isCancelled, status == nil {
                state.notifications.release(post)
                return
            }
            let directory = state.directory
            state.notifications.finish(post, status: status, at: state.now) { id in
                directory.account(id)?.address ?? id.objectID
            }
        }
        simulator.wakes.wake()
    }
}

/// Wakes the senders, and tells waiting tests when there is nothing to do.
final class Wakes: Sendable {
    private struct State {
        var senders: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
        var isTicking = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func wake() {
        state.withLock { state in
            for sender in state.senders.values { sender.yield() }
        }
    }

    /// Suspends until a sender has nothing due and nothing under way. The simulator's application must be running.
    func idle() async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiting.append(continuation) }
            wake()
        }
    }

    fileprivate func add(_ sender: AsyncStream<Void>.Continuation) -> Int {
        state.withLock { state in
            state.next += 1
            state.senders[state.next] = sender
            return state.next
        }
    }

    fileprivate func remove(_ id: Int) {
        let ended = state.withLock { state in
            state.senders[id] = nil
            state.isTicking = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in ended { continuation.resume() }
    }

    fileprivate func reportIdle() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// False if a sender already waits for the next tick.
    fileprivate func startTicking() -> Bool {
        state.withLock { state in
            defer { state.isTicking = true }
            return !state.isTicking
        }
    }

    fileprivate func stopTicking() {
        state.withLock { $0.isTicking = false }
    }
}
