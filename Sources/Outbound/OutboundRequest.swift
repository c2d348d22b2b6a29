/// One HTTP request and its limits.
package struct OutboundRequest: Sendable {
    /// The supported request methods.
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package var method: Method
    package var url: TargetURL
    /// Sent in this order. Only `Host`, `Accept: */*` if absent, and `Content-Length` are added.
    package var headers: [OutboundHeader]
    package var body: [UInt8]?
    /// The time limit for everything, from the call of `send` to the last byte of the answer.
    package var timeout: Duration
    /// The time limit for establishing the connection, including the name lookup and TLS.
    package var connectTimeout: Duration
    /// The maximum number of bytes of the response body to keep.
    package var maximumResponseBytes: Int
    /// Whether a longer body is cut off without an error (`true`) or fails with ``OutboundError/responseTooLarge``.
    package var truncatesResponse: Bool
    /// The party on whose behalf the request is made; hanging lookups are limited per key.
    package var fairnessKey: Int64?
    /// Whether the request may be sent again if a reused connection breaks before any answer.
    ///
    /// The server may already have acted on it. `false` by default for POST and PATCH.
    package var mayBeSentTwice: Bool

    package init(
        _ method: Method,
        _ url: TargetURL,
        headers: [OutboundHeader] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(10),
        connectTimeout: Duration = .seconds(5),
        maximumResponseBytes: Int = 1 << 20,
        truncatesResponse: Bool = false,
        fairnessKey: Int64? = nil,
        mayBeSentTwice: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maximumResponseBytes = maximumResponseBytes
        self.truncatesResponse = truncatesResponse
        self.fairnessKey = fairnessKey
        self.mayBeSentTwice = mayBeSentTwice ?? (method != .post && method != .patch)
    }

    /// The reason why the request cannot be sent at all; nil if it can.
    func problem(allowsPlainHTTP: Bool) -> String? {
        if url.scheme == .http, !allowsPlainHTTP {
            return "plain http is not allowed"
        }
        if maximumResponseBytes < 0 || timeout <= .zero || connectTimeout <= .zero {
            return "a limit is not positive"
        }
        if body != nil, method == .head {
            return "a HEAD request cannot have a body"
        }
        return headers.lazy.compactMap(\.problem).first
    }
}
