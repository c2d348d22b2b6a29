import CLibCurl

/// What libcurl's code means for the caller.
struct TransferFailure {
    let error: OutboundError

    init(_ code: CURLcode, _ handle: UnsafeMutableRawPointer, isResolving: Bool) {
        error =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unresolved
            case CURLE_COULDNT_CONNECT: .connectFailed
            case CURLE_OPERATION_TIMEDOUT: .timeout(Self.phase(handle, isResolving: isResolving))
            case CURLE_PEER_FAILED_VERIFICATION: .tls(Self.verification(handle))
            case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER: .tls(.handshakeFailed)
            case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM: .tls(.localSettings)
            case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: .connectionLost
            case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_HTTP2, CURLE_HTTP2_STREAM,
                CURLE_BAD_CONTENT_ENCODING:
                .malformedResponse
            case CURLE_ABORTED_BY_CALLBACK: .cancelled
            default: .other(code: Int(code.rawValue))
            }
    }

    /// How far the transfer had come. A request on a reused connection is past connecting at once.
    private static func phase(_ handle: UnsafeMutableRawPointer, isResolving: Bool) -> OutboundError.Phase {
        if isResolving { return .resolving }
        func has(_ info: CURLINFO) -> Bool {
            var microseconds: curl_off_t = 0
            return ccurl_get_off_t(handle, info, &microseconds) == CURLE_OK && microseconds > 0
        }
        if has(CURLINFO_PRETRANSFER_TIME_T) { return .responding }
        if has(CURLINFO_CONNECT_TIME_T) { return .securing }
        return has(CURLINFO_NAMELOOKUP_TIME_T) ? .connecting : .waiting
    }

    /// OpenSSL's verdict on the certificate (`X509_V_ERR_…` of its manual page `X509_STORE_CTX_get_error`).
    private static func verification(_ handle: UnsafeMutableRawPointer) -> OutboundError.TLSProblem {
        var verdict = 0
        _ = ccurl_get_long(handle, CURLINFO_SSL_VERIFYRESULT, &verdict)
        return switch verdict {
        case 0: .wrongHost
        case 9, 10: .expired
        default: .untrusted
        }
    }
}
