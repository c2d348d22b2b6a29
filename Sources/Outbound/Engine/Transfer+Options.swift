import CLibCurl

extension Transfer {
    /// Configures a new or reset easy handle for this transfer.
    ///
    /// - Parameter remaining: the time left for the request.
    /// - Returns: `false` if libcurl rejected an option, which happens when it is out of memory.
    func configure(_ easy: UnsafeMutableRawPointer, _ configuration: OutboundEngine.Configuration, remaining: Duration)
        -> Bool
    {
        var options = CurlOptions(easy)
        // Without signals, timeouts need the threaded resolver. With QUICK_EXIT the end of a transfer does not wait for its
        // thread.
        options.set(CURLOPT_NOSIGNAL, 1)
        options.set(CURLOPT_QUICK_EXIT, 1)
        options.set(CURLOPT_FOLLOWLOCATION, 0)
        options.set(CURLOPT_PROTOCOLS_STR, configuration.allowsPlainHTTP ? "http,https" : "https")
        options.set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        options.set(CURLOPT_URL, request.url.text)
        options.set(CURLOPT_TIMEOUT_MS, remaining.wholeMilliseconds)
        options.set(CURLOPT_CONNECTTIMEOUT_MS, min(request.connectTimeout, remaining).wholeMilliseconds)
        let version = configuration.allowsHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        options.set(CURLOPT_HTTP_VERSION, Int(version))
        // Connections are closed after five minutes, so that a name's new addresses are noticed.
        options.set(CURLOPT_MAXLIFETIME_CONN, 300)
        setProxy(configuration.proxy, &options)
        options.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        SystemTrust(ownFile: configuration.caFile, folder: configuration.systemCertificates).set(&options)
        setMethodAndBody(&options)
        setCallbacks(&options)
        return setHeaders(&options) && options.areAccepted
    }

    /// Proxies from the environment are disabled explicitly, because the address policy would only see their address.
    private func setProxy(_ proxy: String?, _ options: inout CurlOptions) {
        options.set(CURLOPT_PROXY, proxy ?? "")
        options.set(CURLOPT_NOPROXY, proxy == nil ? "*" : "")
        options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    }

    private func setMethodAndBody(_ options: inout CurlOptions) {
        if let body = request.body {
            options.set(CURLOPT_POSTFIELDSIZE_LARGE, size: body.count)
            options.set(CURLOPT_COPYPOSTFIELDS, copying: body)
        } else if request.method == .post || request.method == .put || request.method == .patch {
            options.set(CURLOPT_POSTFIELDSIZE_LARGE, size: 0)
            options.set(CURLOPT_COPYPOSTFIELDS, "")
        } else if request.method == .head {
            options.set(CURLOPT_NOBODY, 1)
        }
        if request.method != .get || request.body != nil, request.method != .head {
            options.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }

    private func setCallbacks(_ options: inout CurlOptions) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_WRITEFUNCTION, TransferCallbacks.receiveBody, data: CURLOPT_WRITEDATA, context)
        options.set(CURLOPT_HEADERFUNCTION, TransferCallbacks.receiveHeader, data: CURLOPT_HEADERDATA, context)
        options.setHooks(
            lookup: TransferCallbacks.lookupBegins, socket: TransferCallbacks.openSocket,
            request: TransferCallbacks.requestBegins, context)
    }

    private func setHeaders(_ options: inout CurlOptions) -> Bool {
        // Otherwise libcurl would wait for "100 Continue" before a larger body, and label every body as a form.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        // "Name:" would remove a header; the semicolon sends it with an empty value (CURLOPT_HTTPHEADER).
        lines += request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for line in lines {
            guard let longer = curl_slist_append(headerList, line) else { return false }
            headerList = longer
        }
        options.set(CURLOPT_HTTPHEADER, list: headerList)
        return true
    }
}

extension Duration {
    /// At least 1, because zero means "no limit" to libcurl.
    fileprivate var wholeMilliseconds: Int {
        let parts = components
        let limited = min(max(parts.seconds, 0), 2_000_000)
        return max(1, Int(limited) * 1000 + Int(parts.attoseconds / 1_000_000_000_000_000))
    }
}
