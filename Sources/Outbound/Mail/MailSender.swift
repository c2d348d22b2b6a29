import CLibCurl

/// Sends messages to one SMTP server, each on its own connection and thread: messages are few, and none should wait in the
/// loop that serves HTTP.
package struct MailSender: Sendable {
    private let server: MailServer
    private let caFile: String?
    private let requiresTLS: Bool
    private let timeout: Duration

    /// - Parameters:
    ///   - caFile: certificates to trust in addition to the system's.
    ///   - requiresTLS: whether to reject a server that does not offer STARTTLS. Otherwise TLS is used if it is offered.
    package init(_ server: MailServer, caFile: String? = nil, requiresTLS: Bool, timeout: Duration = .seconds(20)) {
        self.server = server
        self.caFile = caFile
        self.requiresTLS = requiresTLS
        self.timeout = timeout
    }

    /// Returns once the server has accepted the message (250 after the final dot).
    ///
    /// A cancelled task still waits for the end, which is at most `timeout` away, so that no message is sent without its
    /// outcome being recorded.
    package func send(_ mail: OutboundMail) async throws(MailFailure) {
        try await perform { transfer(mail, $0) }
    }

    /// Tests the connection without sending a message: greeting, TLS, login, and a NOOP.
    package func check() async throws(MailFailure) {
        try await perform { knock($0) }
    }

    private func perform(
        _ work: @escaping @Sendable (UnsafeMutableRawPointer) -> MailFailure?
    ) async throws(MailFailure) {
        let outcome = await withCheckedContinuation { (continuation: CheckedContinuation<MailFailure?, Never>) in
            let thread = EngineThread(name: "smtp") {
                guard let easy = curl_easy_init() else {
                    return continuation.resume(returning: .local("libcurl cannot start"))
                }
                let outcome = work(easy)
                curl_easy_cleanup(easy)
                continuation.resume(returning: outcome)
            }
            guard let thread else {
                return continuation.resume(returning: .local("a thread could not be started"))
            }
            thread.detach()
        }
        if let outcome { throw outcome }
    }

    private func knock(_ easy: UnsafeMutableRawPointer) -> MailFailure? {
        withExtendedLifetime(MailReplies()) { replies in
            var options = CurlOptions(easy)
            configure(&options)
            options.set(CURLOPT_CUSTOMREQUEST, "NOOP")
            options.set(CURLOPT_NOBODY, 1)
            options.set(
                CURLOPT_HEADERFUNCTION, MailReplies.receive, data: CURLOPT_HEADERDATA,
                Unmanaged.passUnretained(replies).toOpaque())
            guard options.areAccepted else { return .local("libcurl rejected an option") }
            let code = curl_easy_perform(easy)
            guard code == CURLE_OK else { return MailFailure(code, easy) }
            // If the server offers no authentication, libcurl continues without it.
            guard server.hasLogin, !replies.hasAccepted else { return nil }
            return .local("the mail server does not ask for a user name and password; remove them from HEARTH_SMTP_URL")
        }
    }

    private func transfer(_ mail: OutboundMail, _ easy: UnsafeMutableRawPointer) -> MailFailure? {
        guard let recipients = curl_slist_append(nil, "<\(mail.recipient)>") else { return .local("out of memory") }
        defer { curl_slist_free_all(recipients) }
        return withExtendedLifetime(MailBody(mail.message)) { body in
            var options = CurlOptions(easy)
            configure(&options)
            options.set(CURLOPT_MAIL_FROM, "<\(mail.sender)>")
            options.set(CURLOPT_MAIL_RCPT, list: recipients)
            options.set(CURLOPT_UPLOAD, 1)
            options.set(CURLOPT_INFILESIZE_LARGE, size: mail.message.count)
            options.set(
                CURLOPT_READFUNCTION, MailBody.read, data: CURLOPT_READDATA, Unmanaged.passUnretained(body).toOpaque())
            guard options.areAccepted else { return .local("libcurl rejected an option") }
            let code = curl_easy_perform(easy)
            return code == CURLE_OK ? nil : MailFailure(code, easy)
        }
    }

    private func configure(_ options: inout CurlOptions) {
        options.set(CURLOPT_URL, server.origin)
        options.set(CURLOPT_NOSIGNAL, 1)
        options.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        options.set(CURLOPT_TIMEOUT_MS, Int(timeout / .milliseconds(1)))
        options.set(CURLOPT_CONNECTTIMEOUT_MS, Int(min(timeout, .seconds(10)) / .milliseconds(1)))
        options.set(CURLOPT_PROXY, "")
        options.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if !server.isSecureFromTheStart {
            options.set(CURLOPT_USE_SSL, Int(requiresTLS ? CURLUSESSL_ALL.rawValue : CURLUSESSL_TRY.rawValue))
        }
        SystemTrust(ownFile: caFile).set(&options)
        if let user = server.user, let password = server.password {
            options.set(CURLOPT_USERNAME, user)
            options.set(CURLOPT_PASSWORD, password)
        }
    }
}

/// The server's replies. Used only by the sending thread.
private final class MailReplies {
    /// Whether the login was accepted: reply 235 (RFC 4954, section 4).
    private(set) var hasAccepted = false

    static let receive: ccurl_data_callback = { data, size, count, context in
        guard let data, let context else { return 0 }
        let line = UnsafeRawBufferPointer(start: data, count: size * count)
        if line.starts(with: "235".utf8) {
            Unmanaged<MailReplies>.fromOpaque(context).takeUnretainedValue().hasAccepted = true
        }
        return size * count
    }
}

/// The message's bytes, and how many libcurl has read. Used only by the sending thread.
private final class MailBody {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static let read: ccurl_data_callback = { data, size, count, context in
        guard let data, let context else { return 0 }
        let body = Unmanaged<MailBody>.fromOpaque(context).takeUnretainedValue()
        let room = UnsafeMutableRawBufferPointer(start: data, count: size * count)
        let end = min(body.position + room.count, body.bytes.count)
        room.copyBytes(from: body.bytes[body.position..<end])
        defer { body.position = end }
        return end - body.position
    }
}

extension MailFailure {
    fileprivate static func local(_ words: String) -> MailFailure {
        MailFailure(isPermanent: false, reply: nil, description: words)
    }

    fileprivate init(_ code: CURLcode, _ easy: UnsafeMutableRawPointer) {
        var reply = 0
        ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &reply)
        let words =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST: "the mail server's name could not be resolved"
            case CURLE_COULDNT_CONNECT: "the mail server could not be reached"
            case CURLE_OPERATION_TIMEDOUT: "the mail server did not answer in time"
            case CURLE_LOGIN_DENIED: "the mail server rejected the user name and password"
            case CURLE_USE_SSL_FAILED: "the mail server does not offer TLS"
            case CURLE_WEIRD_SERVER_REPLY: "the server is not a mail server, or is not working"
            case CURLE_SSL_CACERT_BADFILE: "the file of trusted certificates cannot be read"
            case CURLE_RECV_ERROR, CURLE_GOT_NOTHING: "the mail server closed the connection"
            case CURLE_SSL_CONNECT_ERROR: "the TLS handshake with the mail server failed"
            case CURLE_PEER_FAILED_VERIFICATION: "the mail server's certificate is not trusted"
            default: "the mail server did not accept the message"
            }
        // Only a rejection of this message is permanent. Connection problems affect all messages and may pass.
        let isAboutMessage = ![CURLE_LOGIN_DENIED, CURLE_USE_SSL_FAILED, CURLE_OPERATION_TIMEDOUT].contains(code)
        self.init(
            isPermanent: isAboutMessage && (550...559).contains(reply), reply: reply == 0 ? nil : reply,
            description: reply == 0 ? words : "\(words) (reply \(reply))")
    }
}
