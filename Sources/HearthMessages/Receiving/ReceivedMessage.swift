package import Foundation
package import HearthCore
package import HearthGraphMail
package import HearthRules
package import HearthWeb
package import Postgres
package import StrictJSON

/// A message that has arrived in a watched mailbox.
package struct ReceivedMessage: Sendable {
    package let id: Int64
    package let mailboxID: Int64
    package let folder: WatchedFolder
    package let kind: ArrivalKind
    /// The partner's message that it answers or reports about.
    package let answers: Int64?
    package let internetMessageID: String?
    package let conversationID: String?
    /// Nil if the mailbox's content policy keeps nothing of it.
    package let from: MailRecipient?
    package let subject: String?
    package let receivedAt: Date
    package let foundAt: Date
    /// Whether only a sweep found it, although the mailbox had a subscription.
    package let wasMissed: Bool

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("direction", "in")
            writeMembers(to: &json)
        }
    }

    /// Writes the members that events contain, too.
    func writeMembers(to json: inout JSONWriter) {
        json.member("mailbox_id", mailboxID)
        json.member("folder", folder.rawValue)
        json.member("kind", kind.rawValue)
        json.member("answers", answers)
        if let from {
            json.name("from")
            from.writeMember(to: &json)
        } else {
            json.null("from")
        }
        json.member("subject", subject)
        json.member("internet_message_id", internetMessageID)
        json.member("conversation_id", conversationID)
        json.member("received_at", receivedAt)
        json.member("found_at", foundAt)
        json.member("missed_by_subscription", wasMissed)
    }
}

extension ReceivedMessage {
    static let columns =
        """
        r.message_id, r.tenant_id, r.mailbox_id, r.folder, r.kind, r.answers, r.internet_message_id, r.conversation_id,
        r.content, r.received_at, r.found_at, r.was_missed
        """

    init(row: Row, keyRing: KeyRing) throws {
        id = try row["message_id"]
        mailboxID = try row["mailbox_id"]
        folder = try row["folder"]
        kind = try row["kind"]
        answers = try row[nullable: "answers"]
        internetMessageID = try row[nullable: "internet_message_id"]
        conversationID = try row[nullable: "conversation_id"]
        receivedAt = try row["received_at"]
        foundAt = try row["found_at"]
        wasMissed = try row["was_missed"]
        let sealed: [UInt8]? = try row[nullable: "content"]
        let content = try sealed.map {
            try ReceivedContent(sealed: $0, of: try row["message_id"], tenant: try row["tenant_id"], keyRing: keyRing)
        }
        from = content?.from
        subject = content?.subject
    }
}

/// What is kept of a message that has arrived.
struct ReceivedContent: Sendable {
    let from: MailRecipient?
    let subject: String?

    init(_ message: FoundMessage) {
        from = message.from
        subject = message.subject
    }

    func sealed(for id: Int64, tenant: Int64, keyRing: KeyRing) throws -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            if let from {
                json.name("from")
                from.writeMember(to: &json)
            }
            json.member("subject", subject)
        }
        return try keyRing.seal(json.bytes, for: KeyRing.Place(tenant: tenant, row: id, purpose: .receivedContent))
    }

    init(sealed: [UInt8], of id: Int64, tenant: Int64, keyRing: KeyRing) throws {
        let bytes = try keyRing.open(
            sealed, for: KeyRing.Place(tenant: tenant, row: id, purpose: .receivedContent))
        let json = try JSONParser().parse(bytes).value.asObject
        let from = json?["from"]?.asObject
        self.from = from?["address"]?.asString.map { MailRecipient(name: from?["name"]?.asString, address: $0) }
        subject = json?["subject"]?.asString
    }
}

/// Queries for messages that have arrived.
package struct ReceivedMessageStore: Sendable {
    let database: Database
    let keyRing: KeyRing

    package init(database: Database, keyRing: KeyRing) {
        self.database = database
        self.keyRing = keyRing
    }

    package func list(of mailbox: Int64, tenant: Int64, page: PageRequest) async throws -> Page<ReceivedMessage> {
        let found = try await database.read(
            """
            SELECT \(unescaped: ReceivedMessage.columns) FROM received_messages r
            WHERE r.tenant_id = \(tenant) AND r.mailbox_id = \(mailbox) AND \(page.follows("r.message_id"))
            \(page.ordered(by: "r.message_id"))
            """
        ).map { try ReceivedMessage(row: $0, keyRing: keyRing) }
        return Page(found, of: page, key: \.id)
    }
}
