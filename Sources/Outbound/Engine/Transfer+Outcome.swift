import CLibCurl

extension Transfer {
    /// Converts libcurl's result into the outcome for the caller.
    func outcome(of code: CURLcode, _ easy: UnsafeMutableRawPointer) -> Outcome {
        let isCutOff = code == CURLE_WRITE_ERROR && isTruncated
        if failure == nil, code == CURLE_OK || isCutOff {
            // libcurl treats a connection that closes within the headers as the end of an empty answer.
            return isHeadComplete ? .success(response(easy)) : .failure(.connectionLost)
        }
        let error = failure ?? error(for: code, easy)
        // A second connection was tried after the request may have been sent on the first one.
        return .failure(requestsBegun > 0 && error.isCertainlyNotSent ? .connectionLost : error)
    }

    /// The outcome of a transfer that a shutdown ends.
    var shutdownError: OutboundError {
        requestsBegun > 0 ? .cancelled : .shuttingDown
    }

    private func error(for code: CURLcode, _ easy: UnsafeMutableRawPointer) -> OutboundError {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unresolved
        case CURLE_COULDNT_CONNECT, CURLE_PROXY: .connectFailed
        case CURLE_OPERATION_TIMEDOUT: .timeout(phase(easy))
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER: .tls(.handshakeFailed)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: .tls(certificateProblem(easy))
        case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM: .tls(.localSettings)
        // libcurl reports its own limit of 100 kB per header line as out of memory.
        case CURLE_OUT_OF_MEMORY where requestsBegun > 0 && body.isEmpty: .headersTooLarge
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_HTTP2, CURLE_HTTP2_STREAM,
            CURLE_BAD_CONTENT_ENCODING:
            requestsBegun > 0 ? .malformedResponse : .other(code: Int(code.rawValue))
        case CURLE_RECV_ERROR where isChunkingBroken: .malformedResponse
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            requestsBegun > 0 ? .connectionLost : .connectFailed
        default: .other(code: Int(code.rawValue))
        }
    }

    /// libcurl reports an invalid chunk length as a failed read. After a complete head, every other failed read comes with a
    /// system error.
    private var isChunkingBroken: Bool {
        guard isHeadComplete, let easy else { return false }
        var systemError = 0
        ccurl_get_long(easy, CURLINFO_OS_ERRNO, &systemError)
        return systemError == 0
    }

    private func phase(_ easy: UnsafeMutableRawPointer) -> OutboundError.Phase {
        if requestsBegun > 0 { return .responding }
        if lookupThread != nil, !isLookupOver { return .resolving }
        // The connect time is still zero during the handshake; a local port exists once TCP is connected.
        var localPort = 0
        ccurl_get_long(easy, CURLINFO_LOCAL_PORT, &localPort)
        return localPort == 0 ? .connecting : .securing
    }

    /// Maps OpenSSL's verification result (X509_STORE_CTX_get_error(3)).
    ///
    /// libcurl compares the host name itself, before it fetches that result, which is then still "unspecified", 1.
    private func certificateProblem(_ easy: UnsafeMutableRawPointer) -> OutboundError.TLSProblem {
        var result = 0
        ccurl_get_long(easy, CURLINFO_SSL_VERIFYRESULT, &result)
        return switch result {
        case 0, 1, 62, 64: .wrongHost
        case 9, 10: .expired
        default: .untrusted
        }
    }

    private func response(_ easy: UnsafeMutableRawPointer) -> OutboundResponse {
        var status = 0
        ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        var address: UnsafePointer<CChar>?
        ccurl_get_string(easy, CURLINFO_PRIMARY_IP, &address)
        return OutboundResponse(
            status: status, head: head, body: body, isTruncated: isTruncated,
            timings: .init(
                nameLookup: duration(CURLINFO_NAMELOOKUP_TIME_T, easy),
                connect: duration(CURLINFO_CONNECT_TIME_T, easy),
                tls: duration(CURLINFO_APPCONNECT_TIME_T, easy),
                firstByte: duration(CURLINFO_STARTTRANSFER_TIME_T, easy),
                total: duration(CURLINFO_TOTAL_TIME_T, easy)),
            remoteAddress: address.map { String(cString: $0) })
    }

    private func duration(_ info: CURLINFO, _ easy: UnsafeMutableRawPointer) -> Duration {
        var microseconds: curl_off_t = 0
        ccurl_get_off_t(easy, info, &microseconds)
        return .microseconds(microseconds)
    }
}
