import CLibCurl

/// Sets options of one easy handle and records whether all were accepted.
struct CurlOptions {
    private let easy: UnsafeMutableRawPointer
    private(set) var areAccepted = true

    init(_ easy: UnsafeMutableRawPointer) {
        self.easy = easy
    }

    mutating func set(_ option: CURLoption, _ value: Int) {
        note(ccurl_set_long(easy, option, value))
    }

    /// libcurl copies the text.
    mutating func set(_ option: CURLoption, _ text: String) {
        note(ccurl_set_string(easy, option, text))
    }

    mutating func setNull(_ option: CURLoption) {
        note(ccurl_set_string(easy, option, nil))
    }

    mutating func set(_ option: CURLoption, size: Int) {
        note(ccurl_set_off_t(easy, option, curl_off_t(size)))
    }

    /// libcurl copies the bytes; the size must have been set before.
    mutating func set(_ option: CURLoption, copying bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            if let start = buffer.assumingMemoryBound(to: CChar.self).baseAddress {
                note(ccurl_set_string(easy, option, start))
            } else {
                note(ccurl_set_string(easy, option, ""))
            }
        }
    }

    /// The list is not copied.
    mutating func set(_ option: CURLoption, list: UnsafeMutablePointer<curl_slist>?) {
        note(ccurl_set_list(easy, option, list))
    }

    mutating func set(
        _ option: CURLoption, _ callback: ccurl_data_callback, data: CURLoption, _ context: UnsafeMutableRawPointer
    ) {
        note(ccurl_set_data_callback(easy, option, callback))
        note(ccurl_set_context(easy, data, context))
    }

    mutating func setHooks(
        lookup: curl_resolver_start_callback, socket: curl_opensocket_callback, request: curl_prereq_callback,
        _ context: UnsafeMutableRawPointer
    ) {
        note(ccurl_set_resolver_start_callback(easy, lookup))
        note(ccurl_set_context(easy, CURLOPT_RESOLVER_START_DATA, context))
        note(ccurl_set_open_socket_callback(easy, socket))
        note(ccurl_set_context(easy, CURLOPT_OPENSOCKETDATA, context))
        note(ccurl_set_before_request_callback(easy, request))
        note(ccurl_set_context(easy, CURLOPT_PREREQDATA, context))
    }

    private mutating func note(_ code: CURLcode) {
        if code != CURLE_OK { areAccepted = false }
    }
}
