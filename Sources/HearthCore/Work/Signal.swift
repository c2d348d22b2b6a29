import Synchronization

/// Wakes one waiting loop: a hint that there may be work, without a guarantee.
///
/// Signals that arrive while nobody waits are remembered as one.
package final class Signal: Sendable {
    private struct State {
        var raised = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func raise() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.raised = true
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Returns at the next signal, after `timeout`, or when the task is cancelled. Only one loop may wait at a time.
    func wait(
        atMost timeout: Duration,
        sleep: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
    ) async {
        await withTaskGroup { group in
            group.addTask { await self.wait() }
            group.addTask { await sleep(timeout) }
            await group.next()
            group.cancelAll()
            raiseWaiter()
            await group.waitForAll()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let proceed = state.withLock { state in
                    if state.raised || Task.isCancelled {
                        state.raised = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if proceed { continuation.resume() }
            }
        } onCancel: {
            raiseWaiter()
        }
    }

    /// Resumes the waiter without remembering a signal.
    private func raiseWaiter() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
