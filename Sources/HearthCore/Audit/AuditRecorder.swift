import Crypto
package import Foundation
package import Postgres

/// Creates audit entries. An entry is committed together with the change that it records, so neither exists without the other.
package struct AuditRecorder: Sendable {
    let keyRing: KeyRing
    package let randomBytes: @Sendable (Int) -> [UInt8]

    package init(keyRing: KeyRing, randomBytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.keyRing = keyRing
        self.randomBytes = randomBytes
    }

    package func insertion(of content: AuditContent, tenant: Int64, at now: Date) throws -> AuditInsertion {
        let id = UUID(randomBytes: randomBytes(16))
        let salt = randomBytes(32)
        let digest = content.digest(salt: salt, at: now)
        let seal = try keyRing.seal(digest, for: AuditEntry.place(id, of: tenant))
        return AuditInsertion(
            statement: AuditEntry.insertion(
                of: content, id: id, tenant: tenant, salt: salt, digest: digest, seal: seal, at: now))
    }
}

/// An entry that is ready to be written.
package struct AuditInsertion: Sendable {
    /// The statement, to be run alone or as part of another one. The entry has the position of the tenant's last event.
    package let statement: SQL
}

extension AuditInsertion {
    /// The entry and its effect as one statement, so that it needs no transaction and may share a pipeline with others. The
    /// effect is not a SELECT.
    package func with(_ effect: SQL) -> SQL { "WITH audit AS (\(statement)) \(effect)" }
}

extension Transaction {
    /// Adds an entry, to be written after all events of this transaction, so that it has the position of the last one.
    package mutating func audit(_ entry: AuditInsertion) {
        collect { (entries: inout AuditEntries) in entries.insertions.append(entry.statement) }
    }
}

/// The audit entries of one transaction.
private struct AuditEntries: ClosingWrites {
    static let rank = Outbox.rank + 1

    var insertions: [SQL] = []

    func statements() -> [SQL] { insertions }
}

/// The content of an entry: who did what, to what, from where. It contains no e-mail address and no secret.
package struct AuditContent: Sendable, Equatable {
    /// `api_key:<id>`, `member:<id>`, `owner`, `administrator`, `microsoft`, `hearth`, `operator`, or
    /// `operator:<name>`.
    package var actor: String?
    /// The operation, such as `POST /mailboxes/{id}/disconnect`, or what happened, such as `consent.expired`.
    package var action: String?
    /// The affected object, such as `campaign:104003`.
    package var subject: String?
    /// The network address of the request, or the operator's host.
    package var source: String?
    package var requestID: String?
    /// The result, as a code.
    package var outcome: String?

    package init(
        actor: String? = nil, action: String? = nil, subject: String? = nil, source: String? = nil,
        requestID: String? = nil, outcome: String? = nil
    ) {
        self.actor = actor
        self.action = action
        self.subject = subject
        self.source = source
        self.requestID = requestID
        self.outcome = outcome
    }

    /// HMAC-SHA256 over the time and the members, each prefixed with its length, so that different contents never have the same
    /// encoding.
    package func digest(salt: [UInt8], at time: Date) -> [UInt8] {
        var bytes = AuditChain.bytes(time)
        for member in [actor, action, subject, source, requestID, outcome] {
            guard let member else {
                bytes.append(0)
                continue
            }
            bytes.append(1)
            withUnsafeBytes(of: UInt32(member.utf8.count).bigEndian) { bytes += $0 }
            bytes += member.utf8
        }
        return Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: salt)))
    }
}

extension UUID {
    /// Creates a version 4 UUID (RFC 9562, section 5.4).
    ///
    /// - Parameter bytes: 16 random bytes; version and variant are set here.
    fileprivate init(randomBytes bytes: [UInt8]) {
        var bytes = bytes
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        var uuid = uuid_t(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &uuid) { $0.copyBytes(from: bytes.prefix(16)) }
        self.init(uuid: uuid)
    }
}
