import CLibCurl

/// Commands from other threads to the engine's thread, and the multi handle with which they wake it.
final class Inbox: Sendable {
    enum Command {
        case start(Transfer)
        case cancel(Transfer)
    }

    /// Everything that arrived since the last call of `take`.
    struct Batch {
        var commands: [Command] = []
        /// Set if the engine should stop: how long running transfers may continue.
        var stopGrace: Duration?
    }

    private struct State {
        /// Nil once the thread has ended or is about to. Only curl_multi_wakeup is called on it from here.
        var multi: UnsafeMutableRawPointer?
        var batch = Batch()
        var isStopping = false
        var whenStopped: [@Sendable () -> Void] = []
    }

    private let state: Locked<State>

    /// - Returns: nil if libcurl is out of memory.
    init?() {
        guard let multi = curl_multi_init() else { return nil }
        state = Locked(State(multi: multi))
    }

    /// The handle, for use by the engine's thread.
    var multi: UnsafeMutableRawPointer? {
        state.withLock { $0.multi }
    }

    /// Passes a command to the engine's thread. Returns false for a start once the engine is stopping, and for any command
    /// once it has ended.
    func submit(_ command: Command) -> Bool {
        state.withLock { state in
            guard let multi = state.multi else { return false }
            if case .start = command, state.isStopping { return false }
            // The thread takes everything at once, so only the first command needs to wake it.
            let wakes = state.batch.commands.isEmpty
            state.batch.commands.append(command)
            if wakes { curl_multi_wakeup(multi) }
            return true
        }
    }

    /// Asks the thread to stop. The closure runs on it as its last act, or here if the thread has already ended.
    func stop(grace: Duration, whenStopped: (@Sendable () -> Void)?) {
        let hasEnded = state.withLock { state in
            guard let multi = state.multi else { return true }
            state.isStopping = true
            state.batch.stopGrace = min(grace, state.batch.stopGrace ?? grace)
            if let whenStopped { state.whenStopped.append(whenStopped) }
            curl_multi_wakeup(multi)
            return false
        }
        if hasEnded { whenStopped?() }
    }

    /// Returns everything that arrived since the last call.
    func take() -> Batch {
        state.withLock { state in
            var taken = Batch()
            swap(&taken, &state.batch)
            return taken
        }
    }

    /// Frees the handle, after which nothing is accepted, and returns the closures to call.
    @discardableResult
    func close() -> [@Sendable () -> Void] {
        let (multi, waiting) = state.withLock { state in
            let ended = (state.multi, state.whenStopped)
            state.multi = nil
            state.whenStopped = []
            return ended
        }
        curl_multi_cleanup(multi)
        return waiting
    }
}
