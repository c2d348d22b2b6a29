import CLibCurl

/// What other threads tell the engine's thread, and the multi handle that they wake it with.
final class Inbox: Sendable {
    enum Command {
        case start(Transfer)
        case cancel(Transfer)
    }

    /// Everything that arrived since the last look.
    struct Batch {
        var commands: [Command] = []
        /// When set, the engine is to stop; the time that running transfers may still take.
        var stopGrace: Duration?
    }

    private struct State {
        /// `nil` once the thread has ended or is about to. curl_multi_wakeup is the only call made on it from here.
        var multi: UnsafeMutableRawPointer?
        var batch = Batch()
        var isStopping = false
        var whenStopped: [@Sendable () -> Void] = []
    }

    private let state: Locked<State>

    /// - Returns: `nil` if libcurl has no memory left.
    init?() {
        guard let multi = curl_multi_init() else { return nil }
        state = Locked(State(multi: multi))
    }

    /// The handle, for the engine's thread.
    var multi: UnsafeMutableRawPointer? {
        state.withLock { $0.multi }
    }

    /// Hands a command over. It is refused (`false`) once the engine stops, except for cancellations.
    func submit(_ command: Command) -> Bool {
        state.withLock { state in
            guard let multi = state.multi else { return false }
            if case .start = command, state.isStopping { return false }
            // The thread takes everything at once, so only the first command has to wake it.
            let wakes = state.batch.commands.isEmpty
            state.batch.commands.append(command)
            if wakes { curl_multi_wakeup(multi) }
            return true
        }
    }

    /// Asks the thread to stop. The closure runs on it as its last act, or here if it has ended already.
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

    /// What arrived since the last call.
    func take() -> Batch {
        state.withLock { state in
            var taken = Batch()
            swap(&taken, &state.batch)
            return taken
        }
    }

    /// Frees the handle, after which nothing is accepted, and returns who waits for that.
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
