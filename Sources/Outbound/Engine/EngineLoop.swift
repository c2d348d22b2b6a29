import CLibCurl

/// The engine's thread: takes commands, lets libcurl work, answers what has ended.
final class EngineLoop {
    private let inbox: EngineInbox
    private let configuration: OutboundEngine.Configuration
    private let trust: TrustedCertificates
    private let lookups: AbandonedLookups
    private var transfers: [UInt64: Transfer] = [:]
    private var idsByHandle: [UnsafeMutableRawPointer: UInt64] = [:]
    private var spareHandles: [UnsafeMutableRawPointer] = []

    private static let spareLimit = 64

    init(_ inbox: EngineInbox, _ configuration: OutboundEngine.Configuration, _ trust: TrustedCertificates) {
        self.inbox = inbox
        self.configuration = configuration
        self.trust = trust
        lookups = AbandonedLookups(
            limit: configuration.maximumAbandonedLookups, limitPerKey: configuration.maximumAbandonedLookupsPerKey)
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections)
    }

    private var multi: UnsafeMutableRawPointer { UnsafeMutableRawPointer(inbox.multi) }

    func run() {
        while true {
            let (commands, isStopping) = inbox.take()
            for command in commands { obey(command) }
            if isStopping { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            answerFinished()
            curl_multi_poll(multi, nil, 0, 1_000, nil)
        }
        for transfer in transfers.values { finish(transfer, with: .failure(.shuttingDown)) }
        for handle in spareHandles { curl_easy_cleanup(handle) }
        inbox.end()
    }

    private func obey(_ command: EngineInbox.Command) {
        switch command {
        case .start(let id, let request, let continuation): start(id, request, continuation)
        case .cancel(let id):
            if let transfer = transfers[id] { finish(transfer, with: .failure(.cancelled)) }
        }
    }

    private func start(_ id: UInt64, _ request: OutboundRequest, _ continuation: EngineInbox.Continuation) {
        guard request.url.isIPLiteral || lookups.mayBegin(key: request.fairnessKey) else {
            return continuation.resume(returning: .failure(.busy))
        }
        guard let handle = spareHandles.popLast() ?? curl_easy_init() else {
            return continuation.resume(returning: .failure(.busy))
        }
        let transfer = Transfer(id, request, handle, configuration.policy, continuation)
        transfer.prepare(configuration, trust)
        transfers[id] = transfer
        idsByHandle[handle] = id
        guard curl_multi_add_handle(multi, handle) == CURLM_OK else {
            return finish(transfer, with: .failure(.other(code: Int(CURLE_FAILED_INIT.rawValue))))
        }
    }

    private func answerFinished() {
        var code = CURLE_OK
        while let handle = ccurl_next_finished(multi, &code) {
            guard let transfer = idsByHandle[handle].flatMap({ transfers[$0] }) else { continue }
            finish(transfer, with: transfer.result(code))
        }
    }

    private func finish(_ transfer: Transfer, with result: Result<OutboundResponse, OutboundError>) {
        transfers[transfer.id] = nil
        idsByHandle[transfer.handle] = nil
        if transfer.isResolving {
            lookups.abandoned(host: transfer.request.url.host, key: transfer.request.fairnessKey)
        }
        curl_multi_remove_handle(multi, transfer.handle)
        transfer.release()
        if spareHandles.count < Self.spareLimit {
            curl_easy_reset(transfer.handle)
            spareHandles.append(transfer.handle)
        } else {
            curl_easy_cleanup(transfer.handle)
        }
        transfer.continuation.resume(returning: result)
    }
}
