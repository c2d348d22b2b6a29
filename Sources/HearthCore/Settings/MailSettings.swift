import HearthRules
package import Outbound

/// The mail server and the sender of e-mails.
package struct MailSettings: Sendable {
    package let server: MailServer
    /// The address of the sender, to which bounces are returned.
    package let sender: String
    /// A file of certificates that are trusted in addition to the system's, for a private relay.
    let certificateAuthorities: String?
    /// Whether a server without TLS is refused.
    let requiresTLS: Bool

    /// The client that sends messages to the server.
    package var transport: MailSender {
        MailSender(server, caFile: certificateAuthorities, requiresTLS: requiresTLS)
    }

    /// Returns nil if `HEARTH_SMTP_URL` is not set or a setting is invalid.
    init?(_ reader: inout SettingsReader, isDevelopment: Bool) {
        guard let url = reader.text("HEARTH_SMTP_URL") else { return nil }
        let from = reader.required("HEARTH_SMTP_FROM")
        let server = MailServer(url)
        if server == nil {
            reader.problem("HEARTH_SMTP_URL", "must be a URL such as smtp://user:password@mail.example.com:587")
        }
        // The key has the domain in ASCII; not every server accepts other senders.
        let sender = (try? EmailAddress(from)).map(\.key)
        if sender == nil, !from.isEmpty { reader.problem("HEARTH_SMTP_FROM", "must be an e-mail address") }
        guard let server, let sender else { return nil }
        self.server = server
        self.sender = sender
        certificateAuthorities = reader.text("HEARTH_SMTP_CA_FILE")
        requiresTLS = !isDevelopment
    }
}
