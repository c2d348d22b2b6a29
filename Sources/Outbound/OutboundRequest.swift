/// One HTTP request with its limits.
package struct OutboundRequest: Sendable {
    /// The request methods in use.
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
    /// Sent in this order. Nothing is added but `Host`, `Accept: */*` when absent, and `Content-Length`.
    package var headers: [OutboundHeader]
    package var body: [UInt8]?
    /// The longest time for everything, from the call of `send` to the last byte of the answer.
    package var timeout: Duration
    /// The longest time until the connection stands, the name lookup and TLS included.
    package var connectTimeout: Duration
    /// The most bytes of the response's body that are kept.
    package var maximumResponseBytes: Int
    /// What happens to a longer body: cut off without an error (`true`), or ``OutboundError/responseTooLarge``.
    package var truncatesResponse: Bool
    /// On whose behalf the request is made: lookups that hang are limited for each key.
    package var fairnessKey: Int64?
    /// Whether the request may be sent again when a connection that was kept open breaks before any answer.
    ///
    /// It cannot be known then whether the server acted on it. `false` by default for POST and PATCH.
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

    /// Why the request cannot be sent at all; `nil` when it can.
    func problem(allowsPlainHTTP: Bool) -> String? {
        if url.scheme == .http, !allowsPlainHTTP {
            return "plain http is not allowed"
        }
        if maximumResponseBytes < 0 || timeout <= .zero || connectTimeout <= .zero {
            return "a limit is not positive"
        }
        if body != nil, method == .head {
            return "a HEAD request has no body"
        }
        return headers.lazy.compactMap(\.problem).first
    }
}
