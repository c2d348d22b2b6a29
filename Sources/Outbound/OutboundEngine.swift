import CLibCurl
import Foundation
import Synchronization

/// Outbound HTTP: one libcurl multi handle on one thread, with one address policy.
///
/// Connections are reused within an engine and never between two, so that trust levels do not mix.
package final class OutboundEngine: Sendable {
    package struct Configuration: Sendable {
        /// The thread's name.
        package var name: String
        package var policy: AddressPolicy
        /// An explicit proxy; the environment's proxy variables are never read.
        package var proxy: String?
        /// Certificates trusted besides the system's.
        package var caFile: String?
        package var allowsPlainHTTP = false
        package var maximumConnections = 512
        /// Name look-ups that outlived their request and still run: in all, and per fairness key.
        package var maximumAbandonedLookups = 64
        package var maximumAbandonedLookupsPerKey = 4

        package init(name: String, policy: AddressPolicy) {
            self.name = name
            self.policy = policy
        }
    }

    private let inbox: EngineInbox
    private let allowsPlainHTTP: Bool

    /// Starts the thread.
    /// - Throws: `OutboundError.tls(.localSettings)` when the certificates cannot be read.
    package init(_ configuration: Configuration) throws(OutboundError) {
        let trust = try TrustedCertificates(adding: configuration.caFile)
        guard Self.isLibraryReady, let inbox = EngineInbox() else {
            throw .other(code: Int(CURLE_FAILED_INIT.rawValue))
        }
        self.inbox = inbox
        allowsPlainHTTP = configuration.allowsPlainHTTP
        let thread = Thread { EngineLoop(inbox, configuration, trust).run() }
        thread.name = configuration.name
        thread.start()
    }

    /// Sends one request. It is never repeated here.
    ///
    /// - Returns: whatever answer came, of any status; redirects are not followed.
    package func send(_ request: OutboundRequest) async throws(OutboundError) -> OutboundResponse {
        if let problem = request.problem(allowsPlainHTTP: allowsPlainHTTP) { throw .invalidRequest(problem) }
        let id = inbox.makeID()
        let result: Result<OutboundResponse, OutboundError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                inbox.post(.start(id, request, continuation))
                // The handler may have run before there was anything to cancel.
                if Task.isCancelled { inbox.post(.cancel(id)) }
            }
        } onCancel: {
            inbox.post(.cancel(id))
        }
        return try result.get()
    }

    /// Cancels what is in flight, closes the connections and joins the thread.
    package func shutdown() async {
        await inbox.shutdown()
    }

    /// Once a process, before any thread uses the library.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
