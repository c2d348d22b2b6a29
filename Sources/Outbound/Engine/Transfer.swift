import CLibCurl
import Glibc

/// One request in flight: its easy handle and everything that must live as long. It belongs to the engine's thread.
final class Transfer {
    let id: UInt64
    let request: OutboundRequest
    let handle: UnsafeMutableRawPointer
    let continuation: EngineInbox.Continuation
    private let policy: AddressPolicy
    private var headers: UnsafeMutablePointer<curl_slist>?

    // What the callbacks write.
    private(set) var head: [UInt8] = []
    private(set) var body: [UInt8] = []
    private var isTruncated = false
    private var refusal: (address: IPAddress?, reason: String)?
    private var overflow: OutboundError?
    private var hasConnected = false
    private var hasBegunLookup = false

    private static let maximumHeadBytes = 64 * 1_024

    init(
        _ id: UInt64, _ request: OutboundRequest, _ handle: UnsafeMutableRawPointer, _ policy: AddressPolicy,
        _ continuation: EngineInbox.Continuation
    ) {
        self.id = id
        self.request = request
        self.handle = handle
        self.policy = policy
        self.continuation = continuation
    }

    /// Whether a name look-up has begun and no connection has followed.
    var isResolving: Bool { hasBegunLookup && !hasConnected && refusal == nil }

    // MARK: Options

    func prepare(_ configuration: OutboundEngine.Configuration, _ trust: TrustedCertificates) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        set(CURLOPT_URL, request.url.text)
        set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        set(CURLOPT_PROTOCOLS_STR, configuration.allowsPlainHTTP ? "http,https" : "https")
        // Without these, the environment's proxy variables would lead around the address policy.
        set(CURLOPT_PROXY, configuration.proxy ?? "")
        set(CURLOPT_NOPROXY, configuration.proxy == nil ? "*" : "")
        if let path = trust.path { set(CURLOPT_CAINFO, path) }
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOSIGNAL, 1)
        // Else a timed-out look-up would hold up every transfer until it ends.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_TIMEOUT_MS, max(1, request.timeout.milliseconds))
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, min(request.connectTimeout, request.timeout).milliseconds))
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        setBody()
        setHeaders()
        _ = ccurl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, receiveBody)
        _ = ccurl_set_context(handle, CURLOPT_WRITEDATA, context)
        _ = ccurl_set_data_callback(handle, CURLOPT_HEADERFUNCTION, receiveHead)
        _ = ccurl_set_context(handle, CURLOPT_HEADERDATA, context)
        _ = ccurl_set_open_socket_callback(handle, openSocket)
        _ = ccurl_set_context(handle, CURLOPT_OPENSOCKETDATA, context)
        _ = ccurl_set_before_request_callback(handle, checkBeforeRequest)
        _ = ccurl_set_context(handle, CURLOPT_PREREQDATA, context)
        _ = ccurl_set_resolver_start_callback(handle, noteLookup)
        _ = ccurl_set_context(handle, CURLOPT_RESOLVER_START_DATA, context)
    }

    private func setBody() {
        guard let body = request.body else {
            if request.method == .head { set(CURLOPT_NOBODY, 1) }
            return
        }
        _ = ccurl_set_off_t(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        body.withUnsafeBytes { bytes in
            // libcurl copies as many bytes as were announced; an empty body still has an address.
            var nothing: CChar = 0
            withUnsafePointer(to: &nothing) { empty in
                _ = ccurl_set_string(
                    handle, CURLOPT_COPYPOSTFIELDS, bytes.bindMemory(to: CChar.self).baseAddress ?? empty)
            }
        }
    }

    private func setHeaders() {
        // libcurl would wait for 100-continue before larger bodies, and add a media type of its own.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        if !request.headers.contains(where: { $0.name.lowercased() == "accept" }) { lines.append("Accept:") }
        lines += request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for line in lines { headers = curl_slist_append(headers, line) ?? headers }
        _ = ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers)
    }

    private func set(_ option: CURLoption, _ value: Int) { _ = ccurl_set_long(handle, option, value) }
    private func set(_ option: CURLoption, _ value: String) { _ = ccurl_set_string(handle, option, value) }

    /// After the handle has left the multi handle.
    func release() {
        curl_slist_free_all(headers)
        headers = nil
    }

    // MARK: What the callbacks do

    /// - Returns: false to end the transfer.
    func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        let room = request.maximumResponseBytes - body.count
        if bytes.count <= room {
            body.append(contentsOf: bytes)
            return true
        }
        if request.truncatesResponse {
            body.append(contentsOf: bytes.prefix(room))
            isTruncated = true
        } else {
            overflow = .responseTooLarge
        }
        return false
    }

    func take(head bytes: UnsafeRawBufferPointer) -> Bool {
        // A new status line: what came before was an interim answer (RFC 9110, 15.2).
        if bytes.starts(with: "HTTP/".utf8) { head = [] }
        guard head.count + bytes.count <= Self.maximumHeadBytes else {
            overflow = .headersTooLarge
            return false
        }
        head.append(contentsOf: bytes)
        return true
    }

    func noteLookupBegan() { hasBegunLookup = !request.url.isIPLiteral }

    func mayConnect(to address: IPAddress?) -> Bool {
        hasConnected = true
        guard let address else {
            refusal = (nil, "not an internet address")
            return false
        }
        if let reason = policy.refusal(of: address, plainHTTP: request.url.scheme == .http) {
            refusal = (address, reason)
            return false
        }
        return true
    }

    // MARK: The end

    func result(_ code: CURLcode) -> Result<OutboundResponse, OutboundError> {
        if let refusal { return .failure(.refusedByPolicy(address: refusal.address, reason: refusal.reason)) }
        if let overflow { return .failure(overflow) }
        var status = 0
        _ = ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        guard code == CURLE_OK || (isTruncated && code == CURLE_WRITE_ERROR), status >= 100 else {
            return .failure(TransferFailure(code, handle, isResolving: isResolving).error)
        }
        var address: UnsafePointer<CChar>?
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: UnsafePointer<CChar>.self, capacity: 1) {
                _ = ccurl_get_string(
                    handle, CURLINFO_PRIMARY_IP,
                    UnsafeMutableRawPointer($0).assumingMemoryBound(to: Optional<UnsafePointer<CChar>>.self))
            }
        }
        return .success(
            OutboundResponse(
                status: status, head: head, body: body, isTruncated: isTruncated, timings: timings,
                remoteAddress: address.map { String(cString: $0) }))
    }

    private var timings: OutboundResponse.Timings {
        func time(_ info: CURLINFO) -> Duration {
            var microseconds: curl_off_t = 0
            _ = ccurl_get_off_t(handle, info, &microseconds)
            return .microseconds(microseconds)
        }
        return OutboundResponse.Timings(
            nameLookup: time(CURLINFO_NAMELOOKUP_TIME_T), connect: time(CURLINFO_CONNECT_TIME_T),
            tls: time(CURLINFO_APPCONNECT_TIME_T), firstByte: time(CURLINFO_STARTTRANSFER_TIME_T),
            total: time(CURLINFO_TOTAL_TIME_T))
    }
}

extension Duration {
    fileprivate var milliseconds: Int {
        Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
