import CLibCurl

/// An SMTP server for outgoing mail: `smtp://user:password@host:587`, or `smtps://` for TLS from the first byte.
package struct MailServer: Sendable, Equatable {
    /// Scheme, host and port; nothing else may be shown.
    package let origin: String
    let user: String?
    let password: String?
    let isSecureFromTheStart: Bool
    /// Whether the URL has a user name and password.
    package var hasLogin: Bool { user != nil }

    /// Returns nil for any other URL. Special characters in user and password are percent-encoded, as in any URL.
    package init?(_ text: String) {
        guard let handle = curl_url() else { return nil }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: handle), scheme == "smtp" || scheme == "smtps",
            let host = Self.part(CURLUPART_HOST, of: handle), !host.isEmpty,
            let path = Self.part(CURLUPART_PATH, of: handle), path == "/",
            Self.part(CURLUPART_QUERY, of: handle) == nil, Self.part(CURLUPART_FRAGMENT, of: handle) == nil
        else { return nil }
        let standard = scheme == "smtps" ? "465" : "587"
        origin = "\(scheme)://\(host):\(Self.part(CURLUPART_PORT, of: handle) ?? standard)"
        user = Self.part(CURLUPART_USER, of: handle, flags: UInt32(CURLU_URLDECODE))
        password = Self.part(CURLUPART_PASSWORD, of: handle, flags: UInt32(CURLU_URLDECODE))
        isSecureFromTheStart = scheme == "smtps"
        guard (user == nil) == (password == nil) else { return nil }
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}

/// One message to one recipient.
package struct OutboundMail: Sendable {
    /// The envelope's addresses, without angle brackets.
    package let sender: String
    package let recipient: String
    /// Header and body (RFC 5322); lines end in CR LF. libcurl escapes leading dots.
    package let message: [UInt8]

    package init(sender: String, recipient: String, message: [UInt8]) {
        self.sender = sender
        self.recipient = recipient
        self.message = message
    }
}

/// Why a message was not accepted. The texts are for an operator: no address, no password.
package struct MailFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The server will never accept this message: a 5xx reply to the sender, the recipient or the message.
    package let isPermanent: Bool
    /// The last reply code (RFC 5321, section 4.2); nil if there was none.
    package let reply: Int?
    package let description: String
}
