import Crypto
import Foundation
import Postgres

/// The hash chain of one tenant's audit: each link is an HMAC over the entry's position and digest and the previous link.
///
/// Each tenant has its own random key, stored sealed by the key ring. Rotating the ring re-seals the key and leaves the chain
/// unchanged.
struct AuditChain: Sendable {
    let tenantID: Int64
    private let key: SymmetricKey

    static let keyLength = 32
    /// The previous link of the first entry.
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

    /// Returns the proof that the chain ends at this position.
    func head(_ position: Int64, _ link: [UInt8]) -> [UInt8] { authenticate("head", position, link) }

    /// Returns the proof that retention removed all entries up to this position.
    func checkpoint(_ position: Int64, _ link: [UInt8]) -> [UInt8] { authenticate("checkpoint", position, link) }

    /// Returns the proof that this service erased the entry's content.
    func erasure(_ position: Int64, digest: [UInt8], at time: Date) -> [UInt8] {
        authenticate("erasure", position, digest + Self.bytes(time))
    }

    private func authenticate(_ purpose: String, _ position: Int64, _ bytes: [UInt8]) -> [UInt8] {
        var message = Array("hearth.audit.\(purpose)/\(tenantID)/\(position)/".utf8)
        message += bytes
        return Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
    }

    /// Microseconds since 1970, the precision of PostgreSQL's timestamps.
    static func bytes(_ time: Date) -> [UInt8] {
        bytes(Int64((time.timeIntervalSince1970 * 1_000_000).rounded()))
    }

    private static func bytes(_ number: Int64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian, Array.init) }
}

extension UUID {
    fileprivate var bytes: [UInt8] { withUnsafeBytes(of: uuid, Array.init) }
}
