import CLibCurl

/// Why a request has no answer. Partners read the descriptions: no secret, no path, no query, no body.
package enum OutboundError: Error, Sendable, Hashable {
    /// The phase in which a transfer timed out.
    package enum Phase: String, Sendable {
        /// Waiting for a free connection of the engine.
        case waiting
        case resolving
        case connecting
        /// The TLS handshake.
        case securing
        /// Sending the request or waiting for its answer.
        case responding
    }

    /// A TLS failure.
    package enum TLSProblem: String, Sendable {
        case handshakeFailed = "the TLS handshake failed"
        case untrusted = "the certificate is not signed by a trusted authority"
        case expired = "the certificate has expired or is not valid yet"
        case wrongHost = "the certificate is for another host"
        /// Our own trust store cannot be loaded.
        case localSettings = "the trusted certificates cannot be loaded"
    }

    /// The address is not allowed. It is nil if it could not be read, or if the name alone was rejected.
    case refusedByPolicy(address: IPAddress?, reason: String)
    /// The request is not valid; the text says why.
    case invalidRequest(String)
    case unresolved
    case connectFailed
    case timeout(Phase)
    case tls(TLSProblem)
    /// The connection broke after sending the request may have begun.
    case connectionLost
    case responseTooLarge
    case headersTooLarge
    case malformedResponse
    /// The caller's task was cancelled, or the engine was shut down after the request may have been sent.
    case cancelled
    /// The engine was shut down before the request was sent.
    case shuttingDown
    /// Too many requests are waiting, or too many name lookups hang.
    case busy
    /// Anything else, with libcurl's code.
    case other(code: Int)

    /// Whether no byte of the request can have reached the server, so that sending it again cannot duplicate it.
    package var isCertainlyNotSent: Bool {
        switch self {
        case .refusedByPolicy, .invalidRequest, .unresolved, .connectFailed, .tls, .shuttingDown, .busy: true
        case .timeout(let phase): phase != .responding
        case .connectionLost, .responseTooLarge, .headersTooLarge, .malformedResponse, .cancelled, .other: false
        }
    }

    /// Whether the cause lies in this process alone and says nothing about the server: the process is busy or shutting down,
    /// the caller no longer waits for the answer, or memory or its own trust store is missing.
    package var isOurs: Bool {
        switch self {
        case .busy, .timeout(.waiting), .shuttingDown, .cancelled, .tls(.localSettings): true
        case .other(let code): code == Int(CURLE_OUT_OF_MEMORY.rawValue) || code == Int(CURLE_FAILED_INIT.rawValue)
        case .refusedByPolicy, .invalidRequest, .unresolved, .connectFailed, .timeout, .tls, .connectionLost,
            .responseTooLarge, .headersTooLarge, .malformedResponse:
            false
        }
    }
}

extension OutboundError: CustomStringConvertible {
    package var description: String {
        switch self {
        // Without the address: if the name belongs to an internal network, it would reveal to a partner what that network's
        // resolver knows.
        case .refusedByPolicy(_, let reason): "the address is not allowed: \(reason)"
        case .invalidRequest(let words): "the request is not valid: \(words)"
        case .unresolved: "the host name could not be resolved"
        case .connectFailed: "the connection could not be established"
        case .timeout(.waiting): "no connection became free in time"
        case .timeout(.resolving): "the host name was not resolved in time"
        case .timeout(.connecting): "the connection was not established in time"
        case .timeout(.securing): "the TLS handshake did not finish in time"
        case .timeout(.responding): "no complete response arrived in time"
        case .tls(let problem): problem.rawValue
        case .connectionLost: "the connection was closed before a complete response arrived"
        case .responseTooLarge: "the response is too large"
        case .headersTooLarge: "the response headers are too large"
        case .malformedResponse: "the response is not valid HTTP"
        case .cancelled: "the request was cancelled"
        case .shuttingDown: "the service is shutting down"
        case .busy: "too many requests are waiting"
        case .other(let code): "the transfer failed (code \(code))"
        }
    }
}
