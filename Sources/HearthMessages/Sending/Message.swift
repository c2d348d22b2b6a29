package import Foundation
import HearthCore
package import HearthGraphMail
package import HearthRules
import HearthWeb
import Postgres
package import StrictJSON

/// A message that a partner sends from a mailbox.
package struct Message: Sendable {
    package let id: Int64
    package let tenantID: Int64
    package let mailboxID: Int64
    package let content: GraphMessage
    let stamp: MessageStamp
    package let sendAt: Date
    /// Consecutive faults that pass.
    let attempts: Int
    /// How often the copy was looked for.
    let looks: Int
    package let createdAt: Date
    /// What servers have reported about its recipients.
    package let bounces: MessageBounces?
    package fileprivate(set) var state: State

    /// What changes while the message is sent.
    package struct State: Sendable {
        package var status: MessageStatus
        /// Why it is held, failed, unknown or suppressed.
        package let reason: MessageReason?
        /// The error code of Graph, if that is the reason.
        package let microsoftCode: String?
        /// Microsoft's id of the draft.
        var draftID: String?
        package let internetMessageID: String?
        package let conversationID: String?
        package let updatedAt: Date
        package var submittedAt: Date?
        package let acceptedAt: Date?
        package let sentAt: Date?
        package let failedAt: Date?
        package let bouncedAt: Date?
        package let repliedAt: Date?
        package let autoRepliedAt: Date?
        package let cancelledAt: Date?
        /// Whether the worker continues with it.
        let isDue: Bool

        init(row: Row) throws {
            status = try row["status"]
            let reason: String? = try row[nullable: "reason"]
            self.reason = reason.map(MessageReason.init)
            microsoftCode = try row[nullable: "microsoft_code"]
            draftID = try row[nullable: "draft_id"]
            internetMessageID = try row[nullable: "internet_message_id"]
            conversationID = try row[nullable: "conversation_id"]
            updatedAt = try row["updated_at"]
            submittedAt = try row[nullable: "submitted_at"]
            acceptedAt = try row[nullable: "accepted_at"]
            sentAt = try row[nullable: "sent_at"]
            failedAt = try row[nullable: "failed_at"]
            bouncedAt = try row[nullable: "bounced_at"]
            repliedAt = try row[nullable: "replied_at"]
            autoRepliedAt = try row[nullable: "auto_replied_at"]
            cancelledAt = try row[nullable: "cancelled_at"]
            isDue = try row["is_due"]
        }
    }

    package var status: MessageStatus { state.status }

    /// Whether nothing more is done about it: also an accepted message whose copy cannot be seen, or never appeared.
    package var isFinal: Bool { status.isFinal || status == .accepted && !state.isDue }

    /// Returns the message as it is while Microsoft is asked to send it.
    func submitted(draft: String?, at now: Date) -> Message {
        var message = self
        message.state.status = .submitting
        message.state.draftID = draft
        message.state.submittedAt = now
        return message
    }
}

extension Message {
    package static let columns =
        """
        m.message_id, m.tenant_id, m.mailbox_id, m.content, m.stamp, m.send_at, m.attempts, m.looks, m.created_at,
        m.report,
        \(stateColumns)
        """

    /// The columns that change while the message is sent.
    static let stateColumns =
        """
        m.status, m.reason, m.microsoft_code, m.draft_id, m.internet_message_id, m.conversation_id, m.updated_at,
        m.submitted_at, m.accepted_at, m.sent_at, m.failed_at, m.bounced_at, m.replied_at,
        m.auto_replied_at, m.cancelled_at, m.due_at IS NOT NULL AS is_due
        """

    init(row: Row, keyRing: KeyRing) throws {
        id = try row["message_id"]
        tenantID = try row["tenant_id"]
        mailboxID = try row["mailbox_id"]
        content = try GraphMessage(sealed: try row["content"], of: id, tenant: tenantID, keyRing: keyRing)
        stamp = MessageStamp(try row["stamp"])
        sendAt = try row["send_at"]
        attempts = try row["attempts"]
        looks = try row["looks"]
        createdAt = try row["created_at"]
        let report: [UInt8]? = try row[nullable: "report"]
        bounces = try report.map {
            try MessageBounces(sealed: $0, of: try row["message_id"], tenant: try row["tenant_id"], keyRing: keyRing)
        }
        state = try State(row: row)
    }

    /// Returns the message with the state in a row of ``stateColumns``.
    func updated(by row: Row) throws -> Message {
        var message = self
        message.state = try State(row: row)
        return message
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("direction", "out")
            writeState(to: &json)
            for (name, recipients) in [
                ("to", content.to), ("cc", content.cc), ("bcc", content.bcc), ("reply_to", content.replyTo),
            ] {
                json.array(name) { json in
                    for recipient in recipients { recipient.writeMember(to: &json) }
                }
            }
            json.member("subject", content.subject)
            json.member("importance", content.importance.rawValue)
            writeBounces(to: &json)
        }
    }

    private func writeBounces(to json: inout JSONWriter) {
        json.name("bounces")
        (bounces ?? MessageBounces([])).write(to: &json)
    }

    /// Writes the members without recipients and content, which events contain.
    func writeState(to json: inout JSONWriter) {
        json.member("mailbox_id", mailboxID)
        json.member("status", status.rawValue)
        json.member("final", isFinal)
        json.member("reason", state.reason?.code)
        json.member("reason_text", state.reason?.words)
        json.member("microsoft_code", state.microsoftCode)
        json.member("internet_message_id", state.internetMessageID)
        json.member("conversation_id", state.conversationID)
        json.member("send_at", sendAt)
        json.member("created_at", createdAt)
        json.member("updated_at", state.updatedAt)
        json.member("submitted_at", state.submittedAt)
        json.member("accepted_at", state.acceptedAt)
        json.member("sent_at", state.sentAt)
        json.member("failed_at", state.failedAt)
        json.member("bounced_at", state.bouncedAt)
        json.member("replied_at", state.repliedAt)
        json.member("auto_replied_at", state.autoRepliedAt)
        json.member("cancelled_at", state.cancelledAt)
    }
}

/// Why a message is held, has failed, or stays unknown: a code of Hearth, or of the mailbox's connection.
package struct MessageReason: Sendable, Equatable {
    package let code: String

    init(_ code: String) {
        self.code = code
    }

    init(_ problem: ConnectionProblem) {
        code = problem.rawValue
    }

    static let refused = MessageReason("REFUSED_BY_MICROSOFT")
    static let noCopy = MessageReason("NO_COPY_FOUND")
    static let mayNotLook = MessageReason("NO_PERMISSION_TO_LOOK")

    /// For people.
    package var words: String {
        switch self {
        case .refused: "Microsoft refuses the message; microsoft_code says why. It was not sent."
        case .noCopy:
            "Microsoft gave no clear answer, and no copy appeared in Sent Items. The message may have been sent; sending it again could send it twice."
        case .mayNotLook:
            "Microsoft gave no clear answer, and the mailbox's permission level does not allow looking for the copy in Sent Items. The message may have been sent."
        default: ConnectionProblem(rawValue: code)?.words ?? code
        }
    }
}
