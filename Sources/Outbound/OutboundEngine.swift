import CLibCurl
import Glibc
import Synchronization

/// An HTTP client: one libcurl multi handle, one thread that runs it, one address policy.
///
/// Connections are shared by all requests of an engine and never between engines, so targets of different trust belong
/// into different engines. ``shutdown()`` must have returned before `main` does: OpenSSL's clean-up at exit would race
/// with a transfer.
package final class OutboundEngine: Sendable {
    private let configuration: Configuration
    private let inbox: Inbox
    private let thread: Locked<EngineThread?>

    /// libcurl's process-wide preparation, once (curl_global_init(3)).
    private static let isPrepared = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Starts the thread. A certificate file that cannot be read is an error here, not at the first request.
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

    /// Sends one request and waits for its answer. A cancelled task gets ``OutboundError/cancelled`` at once; the
    /// request may have been sent by then.
    package func send(_ request: OutboundRequest) async throws(OutboundError) -> OutboundResponse {
        if let problem = request.problem(allowsPlainHTTP: configuration.allowsPlainHTTP) {
            throw .invalidRequest(problem)
        }
        // An address in the URL is judged where all are: just before the connection is made.
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
            // The flag first: if the cancellation overtakes the start in the inbox, the start finds it.
            transfer.isCancelled.store(true, ordering: .releasing)
            _ = inbox.submit(.cancel(transfer))
        }
        transfer.acquireAnswer()
        return try outcome.get()
    }

    /// Stops taking requests, lets running ones go on for `grace`, ends the rest, and returns when the thread is gone.
    ///
    /// Every request is answered: ``OutboundError/shuttingDown`` if nothing was sent yet, else
    /// ``OutboundError/cancelled``.
    package func shutdown(grace: Duration = .zero) async {
        await withCheckedContinuation { continuation in
            inbox.stop(grace: grace) { continuation.resume() }
        }
        // The thread has said that it is about to return, so this does not block for long.
        thread.withLock { $0.take() }?.join()
    }
}
