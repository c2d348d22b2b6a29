import Foundation
import HearthCore
import HearthRules
import HearthWeb

/// Creates the e-mail with an invitation's link for the mailbox's owner.
package struct InvitationMail: Sendable {
    private let templates: HTMLTemplates

    init() throws {
        templates = try HTMLTemplates(["invitation": Self.template])
    }

    /// - Parameter sender: the sender's address.
    func message(of invitation: Invitation, url: String, from sender: String, at now: Date) throws -> MailMessage {
        let names = [
            "tenant": invitation.tenantName, "email": invitation.email, "until": Self.day(invitation.expiresAt),
        ]
        func say(_ phrase: OwnerPhrase) -> String { phrase.text(in: invitation.language, filling: names) }
        let access = invitation.level.phrases(withShared: invitation.includesShared).map(say)
        let text = [
            say(.invitationTitle), say(.invitationText), say(.asksHeading) + ":",
            access.map { "- " + $0 }.joined(separator: "\n"), url, say(.mailUntil), say(.mailIgnore),
            "-- \n" + say(.footer),
        ]
        let html = try templates.render(
            "invitation",
            [
                "language": invitation.language.rawValue, "title": say(.invitationTitle), "text": say(.invitationText),
                "accessHeading": say(.asksHeading), "access": access, "url": url, "button": say(.invitationButton),
                "until": say(.mailUntil), "ignore": say(.mailIgnore), "footer": say(.footer),
            ])
        let host = sender.split(separator: "@").last.map(String.init) ?? "localhost"
        return MailMessage(
            sender: sender, senderName: invitation.tenantName, recipient: Self.recipient(invitation),
            subject: say(.invitationTitle), text: text.joined(separator: "\n\n") + "\n", html: html,
            language: invitation.language,
            id: "invitation-\(invitation.tenantID)-\(invitation.id)-\(invitation.linkNumber)@\(host)", date: now)
    }

    /// The requested address, with the domain in ASCII. The local part keeps its case (RFC 5321, section 2.4).
    private static func recipient(_ invitation: Invitation) -> String {
        let local = invitation.email.prefix(upTo: invitation.email.lastIndex(of: "@") ?? invitation.email.endIndex)
        return "\(local)@\(invitation.emailKey.split(separator: "@").last ?? "")"
    }

    /// ISO 8601, which is understood in every language.
    private static func day(_ date: Date) -> String { String(RFC3339.format(date).prefix(10)) }

    /// Styles are inline, because mail clients drop all others.
    private static let template =
        """
        <!doctype html>
        <html lang="{{language}}">
        <head><meta charset="utf-8"><title>{{title}}</title></head>
        <body style="margin:0;padding:24px;background:#f7f4f0;color:#1f1b18;font:16px/1.6 sans-serif">
        <div style="max-width:36em;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #ddd5cc">
        <h1 style="font-size:22px;line-height:1.3;margin:0 0 12px">{{title}}</h1>
        <p>{{text}}</p>
        <p><b>{{accessHeading}}</b></p>
        <ul>{{#access}}<li>{{.}}</li>{{/access}}</ul>
        <p><a href="{{url}}" style="display:inline-block;padding:12px 20px;background:#9a3b0b;color:#ffffff;text-decoration:none;font-weight:bold">{{button}}</a></p>
        <p style="color:#5d554e">{{until}} {{ignore}}</p>
        <p style="color:#5d554e">{{footer}}</p>
        </div>
        </body>
        </html>

        """
}
