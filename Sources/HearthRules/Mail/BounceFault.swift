/// Whose fault it is that a message was not delivered, by the enhanced status code (RFC 3463).
package enum BounceFault: String, Sendable, CaseIterable {
    /// There is no such recipient, or the mailbox does not take mail.
    case recipient
    /// The sender's mailbox or organisation may not send: a limit, a block, missing authentication.
    case sender
    /// The message itself was refused, such as by a spam filter or for its size.
    case content
    /// It may work later.
    case temporary

    package init(action: DeliveryReport.Outcome.Action, status: String) {
        let parts = status.split(separator: ".").map { Int($0) ?? 0 }
        guard action == .failed, parts.count == 3, parts[0] != 4 else {
            self = .temporary
            return
        }
        switch (parts[1], parts[2]) {
        case (1, 8), (1, 90), (7, 60), (7, 233), (7, 236), (7, 515), (7, 700...799): self = .sender
        case (1, _), (2, 0), (2, 1), (4, 1), (4, 4), (4, 310): self = .recipient
        // A full mailbox.
        case (2, 2): self = .temporary
        case (2, 3), (3, 4), (6, _), (7, _): self = .content
        case (4, _), (5, _), (3, _): self = .temporary
        default: self = .recipient
        }
    }
}
