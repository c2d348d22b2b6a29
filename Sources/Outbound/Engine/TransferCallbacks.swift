import CLibCurl

/// Callbacks for libcurl, all called on the engine's thread. Their context is the transfer, which the engine keeps alive
/// while its easy handle is in use. They must not call back into the multi handle.
enum TransferCallbacks {
    static let receiveBody: ccurl_data_callback = { data, size, count, context in
        guard let data, let transfer = Transfer.from(context) else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        return transfer.receiveBody(bytes) ? bytes.count : 0
    }

    static let receiveHeader: ccurl_data_callback = { data, size, count, context in
        guard let data, let transfer = Transfer.from(context) else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        return transfer.receiveHeader(bytes) ? bytes.count : 0
    }

    /// Called when a lookup is about to begin: rejects it, or prepares the name that its thread inherits.
    static let lookupBegins: curl_resolver_start_callback = { _, _, context in
        guard let transfer = Transfer.from(context) else { return 1 }
        return transfer.beginLookup() ? 0 : 1
    }

    /// Called when the name is resolved and a connection is about to be made.
    static let openSocket: curl_opensocket_callback = { context, _, address in
        guard let address, let transfer = Transfer.from(context) else { return CURL_SOCKET_BAD }
        let bytes = UnsafeRawBufferPointer(start: ccurl_address(address), count: Int(address.pointee.addrlen))
        guard transfer.mayConnect(to: IPAddress(socketAddress: bytes)) else { return CURL_SOCKET_BAD }
        return ccurl_open_socket(address)
    }

    /// Called when the request is about to be sent on a new or a reused connection.
    static let requestBegins: curl_prereq_callback = { context, remoteAddress, _, _, _ in
        guard let remoteAddress, let transfer = Transfer.from(context) else { return CURL_PREREQFUNC_ABORT }
        let address = IPAddress(String(cString: remoteAddress))
        return transfer.mayBeginRequest(to: address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
}

extension Transfer {
    fileprivate static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Keeps the bytes within the limit; returns `false` to stop the transfer.
    fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let room = request.maximumResponseBytes - body.count
        if bytes.count <= room {
            body.append(contentsOf: bytes)
            return true
        }
        if request.truncatesResponse {
            body.append(contentsOf: bytes.prefix(room))
            isTruncated = true
        } else {
            failure = .responseTooLarge
        }
        return false
    }

    /// Keeps the lines of the last response head; those of informational responses and trailers are only counted.
    fileprivate func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        headerLines += 1
        if headerBytes > Self.maximumHeaderBytes || headerLines > Self.maximumHeaderLines {
            failure = .headersTooLarge
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            head.removeAll(keepingCapacity: true)
            isHeadComplete = false
        } else if !isHeadComplete {
            let text = line.prefix { $0 != 0x0D && $0 != 0x0A }
            if text.isEmpty {
                isHeadComplete = true
            } else {
                head.append(contentsOf: text)
                head.append(0x0A)
            }
        }
        return true
    }

    fileprivate func beginLookup() -> Bool {
        guard let loop, let name = loop.admitLookup(for: request.fairnessKey) else {
            failure = .busy
            return false
        }
        lookupThread = name
        isLookupOver = false
        return true
    }

    fileprivate func mayConnect(to address: IPAddress?) -> Bool {
        isLookupOver = true
        // libcurl may try the name's other addresses. One forbidden address is enough to distrust the name.
        if failure != nil { return false }
        return isAllowed(address)
    }

    fileprivate func mayBeginRequest(to address: IPAddress?) -> Bool {
        isLookupOver = true
        if failure != nil { return false }
        if requestsBegun > 0, !request.mayBeSentTwice {
            failure = .connectionLost
            return false
        }
        guard isAllowed(address) else { return false }
        requestsBegun += 1
        return true
    }

    private func isAllowed(_ address: IPAddress?) -> Bool {
        guard let loop else { return false }
        guard let address else {
            failure = .refusedByPolicy(address: nil, reason: "not an IP address")
            return false
        }
        // With a proxy, the target's scheme says nothing about the connection.
        let plainHTTP = request.url.scheme == .http && loop.configuration.proxy == nil
        guard let reason = loop.configuration.policy.refusal(of: address, plainHTTP: plainHTTP) else { return true }
        failure = .refusedByPolicy(address: address, reason: reason)
        return false
    }
}
