import HearthRules
package import Outbound

/// Through which server this service sends e-mail, and as whom.
package struct MailSettings: Sendable {
    package let server: MailServer
    /// The address that messages come from, and that failures return to.
    package let sender: String
    /// Certificates that are trusted beside the system's, for a relay of one's own.
    let certificateAuthorities: String?
    /// Whether a server that offers no TLS is refused.
    let requiresTLS: Bool

    /// What hands messages over.
    package var transport: MailSender {
        MailSender(server, caFile: certificateAuthorities, requiresTLS: requiresTLS)
    }

    /// Nil when `HEARTH_SMTP_URL` is not set.
    init?(_ reader: inout SettingsReader, isDevelopment: Bool) {
        guard let url = reader.text("HEARTH_SMTP_URL") else { return nil }
        let from = reader.required("HEARTH_SMTP_FROM")
        let server = MailServer(url)
        if server == nil {
            reader.problem("HEARTH_SMTP_URL", "must be such as smtp://user:password@mail.example.com:587")
        }
        // Only what an address of ASCII can be: not every server takes others as a sender.
        let sender = (try? EmailAddress(from)).map(\.key)
        if sender == nil, !from.isEmpty { reader.problem("HEARTH_SMTP_FROM", "must be an e-mail address") }
        guard let server, let sender else { return nil }
        self.server = server
        self.sender = sender
        certificateAuthorities = reader.text("HEARTH_SMTP_CA_FILE")
        requiresTLS = !isDevelopment
    }
}
