import CLibCurl

/// Why a request has no answer. The descriptions are for a partner to read: no secret, no path, no query, no body.
package enum OutboundError: Error, Sendable, Hashable {
    /// What a transfer was doing when its time ran out.
    package enum Phase: String, Sendable {
        /// Waiting for a free connection of ours.
        case waiting
        case resolving
        case connecting
        /// The TLS handshake.
        case securing
        /// Sending the request or waiting for its answer.
        case responding
    }

    /// What was wrong with TLS.
    package enum TLSProblem: String, Sendable {
        case handshakeFailed = "the TLS handshake failed"
        case untrusted = "the certificate is not signed by a trusted authority"
        case expired = "the certificate has expired or is not valid yet"
        case wrongHost = "the certificate is for another host"
        /// Our own trust store cannot be read.
        case localSettings = "the trusted certificates cannot be loaded"
    }

    /// The address may not be connected to. It is absent when it could not be read, and when the name alone was refused.
    case refusedByPolicy(address: IPAddress?, reason: String)
    /// The request itself is not valid; the words say what is wrong with it.
    case invalidRequest(String)
    case unresolved
    case connectFailed
    case timeout(Phase)
    case tls(TLSProblem)
    /// The connection broke after the request may have begun.
    case connectionLost
    case responseTooLarge
    case headersTooLarge
    case malformedResponse
    /// The caller's task was cancelled, or the engine was shut down after the request may have been sent.
    case cancelled
    /// The engine was shut down before the request was sent.
    case shuttingDown
    /// Too many requests wait, or too many name lookups hang.
    case busy
    /// Anything else, by libcurl's number.
    case other(code: Int)

    /// Whether no byte of the request can have reached the server, so that sending it again cannot double it.
    package var isCertainlyNotSent: Bool {
        switch self {
        case .refusedByPolicy, .invalidRequest, .unresolved, .connectFailed, .tls, .shuttingDown, .busy: true
        case .timeout(let phase): phase != .responding
        case .connectionLost, .responseTooLarge, .headersTooLarge, .malformedResponse, .cancelled, .other: false
        }
    }

    /// Whether it says something of this process alone, and nothing of the server: it is busy or being stopped, nobody
    /// waits for the answer any more, or it lacks memory or its own trust store.
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
        // Without the address: for a name of an inner network it would tell a partner what that network's own resolver
        // knows.
        case .refusedByPolicy(_, let reason): "the address is refused: \(reason)"
        case .invalidRequest(let words): "the request is not valid: \(words)"
        case .unresolved: "the host name could not be resolved"
        case .connectFailed: "the connection could not be established"
        case .timeout(.waiting): "no connection became free in time"
        case .timeout(.resolving): "the host name was not resolved in time"
        case .timeout(.connecting): "the connection was not established in time"
        case .timeout(.securing): "the TLS handshake did not end in time"
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
