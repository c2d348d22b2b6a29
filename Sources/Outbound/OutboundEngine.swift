import CLibCurl
import Glibc
import Synchronization

/// An HTTP client: one libcurl multi handle, one thread that runs it, one address policy.
///
/// All requests of an engine share its connections, and engines share none, so use separate engines for targets of
/// different trust. ``shutdown()`` must have returned before `main` does: OpenSSL's clean-up at exit would race with a
/// transfer.
package final class OutboundEngine: Sendable {
    private let configuration: Configuration
    private let inbox: Inbox
    private let thread: Locked<EngineThread?>

    /// libcurl's process-wide initialisation, done once (curl_global_init(3)).
    private static let isPrepared = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Starts the thread. An unreadable certificate file is an error here rather than at the first request.
    package init(_ configuration: Configuration) throws(StartError) {
        if let file = configuration.caFile, access(file, R_OK) != 0 {
            throw .unreadableCertificates(file: file)
        }
        guard Self.isPrepared, let inbox = Inbox() else { throw .noResources }
        let thread = EngineThread(name: configuration.name) {
            EngineLoop(configuration, inbox).run()
        }
        guard let thread else {
            inbox.close()
            throw .noResources
        }
        self.configuration = configuration
        self.inbox = inbox
        self.thread = Locked(thread)
    }

    deinit {
        inbox.stop(grace: .zero, whenStopped: nil)
        thread.withLock { $0.take() }?.detach()
    }

    /// Sends one request and waits for its answer. A cancelled task throws ``OutboundError/cancelled`` at once; the
    /// request may already have been sent.
    package func send(_ request: OutboundRequest) async throws(OutboundError) -> OutboundResponse {
        if let problem = request.problem(allowsPlainHTTP: configuration.allowsPlainHTTP) {
            throw .invalidRequest(problem)
        }
        // An address in the URL is checked like every other address, just before the connection is made.
        if let reason = configuration.policy.refusal(ofNameIn: request.url) {
            throw .refusedByPolicy(address: nil, reason: reason)
        }
        let transfer = Transfer(request)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                if !inbox.submit(.start(transfer)) {
                    transfer.answer(.failure(.shuttingDown))
                }
            }
        } onCancel: {
            // Set the flag first: if the cancellation overtakes the start in the inbox, the start will see it.
            transfer.isCancelled.store(true, ordering: .releasing)
            _ = inbox.submit(.cancel(transfer))
        }
        transfer.acquireAnswer()
        return try outcome.get()
    }

    /// Stops accepting requests, lets running ones continue for `grace`, ends the rest, and returns when the thread has
    /// ended.
    ///
    /// Every request is answered: ``OutboundError/shuttingDown`` if nothing was sent yet, else
    /// ``OutboundError/cancelled``.
    package func shutdown(grace: Duration = .zero) async {
        await withCheckedContinuation { continuation in
            inbox.stop(grace: grace) { continuation.resume() }
        }
        // The thread has announced that it is about to return, so this does not block for long.
        thread.withLock { $0.take() }?.join()
    }
}
