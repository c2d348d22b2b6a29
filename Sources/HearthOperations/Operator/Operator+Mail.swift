import Foundation
import HearthCore
import HearthOnboarding
import HearthWeb
import Outbound

extension Operator {
    /// Checks everything short of sending a message: connection, greeting, TLS, user and password.
    func mailServerFinding() async -> Finding {
        let name = "mail server"
        guard let mail = settings.mail else {
            return Finding(name: name, verdict: .ok, words: "none is set; partners send the links themselves")
        }
        do throws(MailFailure) {
            try await mail.transport.check()
        } catch {
            return Finding(name: name, verdict: .failure, words: "\(mail.server.origin): \(error)")
        }
        let login = mail.server.hasLogin ? ", user and password are accepted" : ""
        return Finding(name: name, verdict: .ok, words: "\(mail.server.origin) answers\(login)")
    }

    /// Invitations that should have been sent by now.
    func invitationMailFinding(at now: Date) async throws -> Finding {
        let mail = try await InvitationMailBacklog.read(database, at: now)
        var words: [String] = []
        if let oldest = mail.oldest, now.timeIntervalSince(oldest) > Self.patienceWithMail {
            let hint = settings.mail == nil ? "HEARTH_SMTP_URL is not set" : "are workers running?"
            words.append("\(mail.waiting) waiting, the oldest since \(RFC3339.format(oldest)); \(hint)")
        }
        if mail.failed > 0 { words.append("\(mail.failed) could not be delivered in the last day") }
        return Finding(
            name: "invitation mail", verdict: words.isEmpty ? .ok : .warning,
            words: words.isEmpty ? "none has been waiting for long" : words.joined(separator: "; "))
    }

    /// Seconds. Longer than the delay if the server defers a message once.
    private static let patienceWithMail: TimeInterval = 900
}
