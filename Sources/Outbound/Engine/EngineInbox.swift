import CLibCurl
import Synchronization

/// What other threads tell the engine's thread.
///
/// `@unchecked Sendable`: the multi handle is used by the engine's thread alone, except for `curl_multi_wakeup`, the one
/// function that libcurl allows from any thread; it is freed after no more can be posted.
final class EngineInbox: @unchecked Sendable {
    typealias Continuation = CheckedContinuation<Result<OutboundResponse, OutboundError>, Never>

    enum Command: Sendable {
        case start(UInt64, OutboundRequest, Continuation)
        case cancel(UInt64)
    }

    private struct State {
        var nextID: UInt64 = 0
        var commands: [Command] = []
        var isStopping = false
        var isOver = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let multi: OpaquePointer
    private let state = Mutex(State())

    init?() {
        guard let multi = curl_multi_init() else { return nil }
        self.multi = OpaquePointer(multi)
    }

    func makeID() -> UInt64 {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    func post(_ command: Command) {
        let isRefused = state.withLock { state in
            guard !state.isStopping else { return true }
            state.commands.append(command)
            curl_multi_wakeup(UnsafeMutableRawPointer(multi))
            return false
        }
        if isRefused, case .start(_, _, let continuation) = command {
            continuation.resume(returning: .failure(.shuttingDown))
        }
    }

    /// The thread's side: what has been posted, and whether it is to stop.
    func take() -> (commands: [Command], isStopping: Bool) {
        state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.isStopping)
        }
    }

    func shutdown() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isOver { return true }
                state.isStopping = true
                state.waiters.append(continuation)
                curl_multi_wakeup(UnsafeMutableRawPointer(multi))
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// The thread's last word: nothing of libcurl is used after it.
    func end() {
        let waiters = state.withLock { state in
            state.isOver = true
            curl_multi_cleanup(UnsafeMutableRawPointer(multi))
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
