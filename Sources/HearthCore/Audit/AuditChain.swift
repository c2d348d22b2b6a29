import Crypto
import Foundation
import Postgres

/// The chain of one tenant's audit: each link is an HMAC over the entry's place and digest and the link before it.
///
/// The key is random, one for each tenant, and stored sealed by the key ring: a rotation of the ring seals it anew and
/// leaves the chain as it is.
struct AuditChain: Sendable {
    let tenantID: Int64
    private let key: SymmetricKey

    static let keyLength = 32
    /// What the first entry is linked to.
    static let genesis = [UInt8](repeating: 0, count: 32)

    init(tenantID: Int64, key: [UInt8]) {
        self.tenantID = tenantID
        self.key = SymmetricKey(data: key)
    }

    static func place(of tenant: Int64) -> KeyRing.Place {
        .init(tenant: tenant, row: tenant, purpose: .auditKey)
    }

    func link(of entry: AuditEntry, at position: Int64, after previous: [UInt8]) -> [UInt8] {
        authenticate(
            "link", position,
            entry.id.bytes + Self.bytes(entry.feedPosition) + Self.bytes(entry.occurredAt) + entry.digest + previous)
    }

    /// What proves that the chain ends there.
    func head(_ position: Int64, _ link: [UInt8]) -> [UInt8] { authenticate("head", position, link) }

    /// What proves that everything up to there was cut off when its time was over.
    func checkpoint(_ position: Int64, _ link: [UInt8]) -> [UInt8] { authenticate("checkpoint", position, link) }

    /// What proves that the entry's content was erased by us.
    func erasure(_ position: Int64, digest: [UInt8], at time: Date) -> [UInt8] {
        authenticate("erasure", position, digest + Self.bytes(time))
    }

    private func authenticate(_ purpose: String, _ position: Int64, _ bytes: [UInt8]) -> [UInt8] {
        var message = Array("hearth.audit.\(purpose)/\(tenantID)/\(position)/".utf8)
        message += bytes
        return Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
    }

    /// Microseconds since 1970, which is what PostgreSQL keeps of a time.
    static func bytes(_ time: Date) -> [UInt8] {
        bytes(Int64((time.timeIntervalSince1970 * 1_000_000).rounded()))
    }

    private static func bytes(_ number: Int64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian, Array.init) }
}

extension UUID {
    fileprivate var bytes: [UInt8] { withUnsafeBytes(of: uuid, Array.init) }
}
