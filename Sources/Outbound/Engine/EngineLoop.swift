import CLibCurl
import Synchronization

/// The main loop of the engine's thread: takes commands, lets libcurl work, answers finished transfers, and sleeps until
/// something happens.
///
/// Created and used only on that thread.
final class EngineLoop {
    let configuration: OutboundEngine.Configuration
    private let inbox: Inbox
    private let multi: UnsafeMutableRawPointer?

    /// The running transfers, by easy handle.
    private var running: [UnsafeMutableRawPointer: Transfer] = [:]
    /// Transfers waiting because `maximumConnections` are running, oldest first.
    private var waiting: [Transfer] = []
    /// Easy handles that can be reused.
    private var idle: [UnsafeMutableRawPointer] = []
    private var abandoned: AbandonedLookups
    private var lastThreadListing: ContinuousClock.Instant?
    private var isNamedForLookup = false
    /// When to end all transfers that are still running.
    private var stopDeadline: ContinuousClock.Instant?

    init(_ configuration: OutboundEngine.Configuration, _ inbox: Inbox) {
        self.configuration = configuration
        self.inbox = inbox
        multi = inbox.multi
        abandoned = AbandonedLookups(
            maximum: configuration.maximumAbandonedLookups, maximumPerKey: configuration.maximumAbandonedLookupsPerKey)
    }

    func run() {
        guard let multi else { return }
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maximumConnections)
        while !mayEnd {
            take(inbox.take())
            if mayEnd { break }
            perform(multi)
            curl_multi_poll(multi, nil, 0, pollMilliseconds, nil)
        }
        end(multi)
    }

    private var mayEnd: Bool {
        guard let stopDeadline else { return false }
        return running.isEmpty && waiting.isEmpty || stopDeadline <= .now
    }

    private func take(_ batch: Inbox.Batch) {
        for command in batch.commands {
            switch command {
            case .start(let transfer): start(transfer)
            case .cancel(let transfer): cancel(transfer)
            }
        }
        if let grace = batch.stopGrace {
            let deadline = ContinuousClock.now + grace
            stopDeadline = min(deadline, stopDeadline ?? deadline)
        }
    }

    private func perform(_ multi: UnsafeMutableRawPointer) {
        var count: Int32 = 0
        curl_multi_perform(multi, &count)
        if isNamedForLookup {
            isNamedForLookup = false
            EngineThread.renameCurrent(configuration.name)
        }
        var code = CURLE_OK
        while let easy = ccurl_next_finished(multi, &code) {
            guard let transfer = running[easy] else { continue }
            finish(transfer, transfer.outcome(of: code, easy))
        }
        admitWaiting()
    }

    private func end(_ multi: UnsafeMutableRawPointer) {
        for transfer in Array(running.values) { finish(transfer, .failure(transfer.shutdownError)) }
        for transfer in waiting { transfer.answer(.failure(.shuttingDown)) }
        waiting = []
        // No start is accepted after the stop was requested, but one may have arrived just before.
        for case .start(let transfer) in inbox.take().commands { transfer.answer(.failure(.shuttingDown)) }
        for easy in idle { curl_easy_cleanup(easy) }
        idle = []
        for notify in inbox.close() { notify() }
    }

    // MARK: Transfers

    private func start(_ transfer: Transfer) {
        if transfer.isCancelled.load(ordering: .acquiring) {
            transfer.answer(.failure(.cancelled))
        } else if running.count < configuration.maximumConnections {
            add(transfer)
        } else if waiting.count < configuration.maximumWaiting {
            waiting.append(transfer)
        } else {
            transfer.answer(.failure(.busy))
        }
    }

    private func cancel(_ transfer: Transfer) {
        if transfer.easy != nil {
            finish(transfer, .failure(.cancelled))
        } else if let index = waiting.firstIndex(where: { $0 === transfer }) {
            waiting.remove(at: index)
            transfer.answer(.failure(.cancelled))
        }
        // Otherwise it has ended, or has not been started yet. In that case its continuation is not ours yet, and the start
        // will see the flag.
    }

    /// Starts waiting transfers if there is room, and fails those that have waited too long.
    private func admitWaiting() {
        guard !waiting.isEmpty else { return }
        let now = ContinuousClock.now
        waiting.removeAll { transfer in
            let isLate = transfer.submitted + transfer.request.timeout <= now
            if isLate { transfer.answer(.failure(.timeout(.waiting))) }
            return isLate
        }
        let room = configuration.maximumConnections - running.count
        let admitted = waiting.prefix(max(0, room))
        waiting.removeFirst(admitted.count)
        for transfer in admitted { add(transfer) }
    }

    private func add(_ transfer: Transfer) {
        let remaining = transfer.submitted + transfer.request.timeout - .now
        guard remaining > .zero else { return transfer.answer(.failure(.timeout(.waiting))) }
        guard let easy = idle.popLast() ?? curl_easy_init() else { return transfer.answer(.failure(.busy)) }
        transfer.loop = self
        transfer.easy = easy
        running[easy] = transfer
        guard transfer.configure(easy, configuration, remaining: remaining),
            curl_multi_add_handle(multi, easy) == CURLM_OK
        else { return finish(transfer, .failure(.other(code: Int(CURLE_OUT_OF_MEMORY.rawValue)))) }
    }

    /// Removes the transfer from libcurl, then answers it. The handle is kept for reuse.
    private func finish(_ transfer: Transfer, _ outcome: Transfer.Outcome) {
        guard let easy = transfer.easy else { return }
        noteAbandonedLookup(of: transfer, outcome)
        running[easy] = nil
        curl_multi_remove_handle(multi, easy)
        curl_easy_reset(easy)
        curl_slist_free_all(transfer.headerList)
        transfer.headerList = nil
        transfer.easy = nil
        transfer.loop = nil
        if idle.count < 64 {
            idle.append(easy)
        } else {
            curl_easy_cleanup(easy)
        }
        transfer.answer(outcome)
    }

    /// The time until the next deadline of a waiting transfer or of the shutdown; libcurl shortens it for its own timeouts.
    private var pollMilliseconds: Int32 {
        let deadlines = waiting.map { $0.submitted + $0.request.timeout } + (stopDeadline.map { [$0] } ?? [])
        guard let next = deadlines.min() else { return 1000 }
        let milliseconds = max(0, (next - .now) / .milliseconds(1))
        return Int32(min(1000, milliseconds.rounded(.up)))
    }

    // MARK: Lookups

    /// The name for the thread of a lookup that is about to start; nil if too many lookups hang already.
    func admitLookup(for key: Int64?) -> String? {
        if !abandoned.admits(key: key) { forgetEndedLookups() }
        guard abandoned.admits(key: key) else { return nil }
        let name = ResolverThreads.nextName()
        EngineThread.renameCurrent(name)
        isNamedForLookup = true
        return name
    }

    private func noteAbandonedLookup(of transfer: Transfer, _ outcome: Transfer.Outcome) {
        guard let thread = transfer.lookupThread, !transfer.isLookupOver else { return }
        if case .failure(let error) = outcome, error == .unresolved || error == .busy { return }
        abandoned.add(thread: thread, key: transfer.request.fairnessKey)
    }

    /// Checks which lookups are still running, at most ten times a second.
    private func forgetEndedLookups() {
        let now = ContinuousClock.now
        if let last = lastThreadListing, now - last < .milliseconds(100) { return }
        lastThreadListing = now
        if let running = ResolverThreads.runningNames() {
            abandoned.keep(onlyThreads: running)
        }
    }
}
