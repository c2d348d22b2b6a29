import Crypto
import Foundation

/// Seals what must not be readable in the database: tokens, consent seeds, webhook secrets.
///
/// AES-256-GCM. The newest key seals, any key of the ring opens. Tenant, row and purpose are authenticated with the
/// ciphertext, so that a value moved to another row, purpose or tenant does not open.
struct KeyRing: Sendable {
    private let newest: (id: String, key: SymmetricKey)
    private let keys: [String: SymmetricKey]

    /// What a sealed value belongs to.
    struct Place: Sendable {
        fileprivate let authenticated: Data

        init(tenant: Int64, row: Int64, purpose: Purpose) {
            self.init(tenant: tenant, name: String(row), purpose: purpose)
        }

        /// - Parameter name: what identifies the row where that is a text.
        init(tenant: Int64, name: String, purpose: Purpose) {
            authenticated = Data("\(tenant)/\(purpose.rawValue)/\(name)".utf8)
        }
    }

    enum Purpose: String, Sendable {
        case accessToken = "grants.access_token"
        case refreshToken = "grants.refresh_token"
        case consentSeed = "consents.seed"
        case webhookSecret = "webhook_endpoints.secret"
        case applicationSecret = "microsoft_apps.secret"
        case idempotentAnswer = "idempotency_keys.answer"
    }

    /// A sealed value that does not open: altered, moved, or sealed by a key that the ring lacks.
    enum Failure: Error, Equatable {
        case malformed
        case keyMissing(id: String)
        case notAuthentic
    }

    /// - Parameter text: `id:base64-of-32-bytes`, comma-separated, newest first (`HEARTH_ENCRYPTION_KEYS`).
    init(_ text: String) throws(KeyRingProblem) {
        var entries: [(id: String, key: SymmetricKey)] = []
        for entry in text.split(separator: ",") {
            let parts = entry.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, (1...32).contains(parts[0].utf8.count) else { throw .malformedEntry }
            guard let bytes = Data(base64Encoded: parts[1]), bytes.count == 32 else {
                throw .notThirtyTwoBytes(id: parts[0])
            }
            entries.append((parts[0], SymmetricKey(data: bytes)))
        }
        guard let first = entries.first else { throw .empty }
        guard Set(entries.map(\.id)).count == entries.count else { throw .duplicateID }
        newest = first
        keys = Dictionary(uniqueKeysWithValues: entries)
    }

    /// The ids of the ring, newest first only in that the newest seals.
    var newestID: String { newest.id }
    var count: Int { keys.count }

    /// Layout: version 1, length of the key id, key id, nonce, ciphertext, tag.
    func seal(_ plaintext: some DataProtocol, for place: Place) throws -> [UInt8] {
        let box = try AES.GCM.seal(plaintext, using: newest.key, authenticating: place.authenticated)
        var sealed: [UInt8] = [1, UInt8(newest.id.utf8.count)]
        sealed += newest.id.utf8
        sealed += box.nonce
        sealed += box.ciphertext
        sealed += box.tag
        return sealed
    }

    func open(_ sealed: [UInt8], for place: Place) throws(Failure) -> [UInt8] {
        guard sealed.count >= 2, sealed[0] == 1 else { throw .malformed }
        let start = 2 + Int(sealed[1])
        guard sealed.count >= start + 28 else { throw .malformed }
        let id = String(decoding: sealed[2..<start], as: UTF8.self)
        guard let key = keys[id] else { throw .keyMissing(id: id) }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[start...])
            return Array(try AES.GCM.open(box, using: key, authenticating: place.authenticated))
        } catch {
            throw .notAuthentic
        }
    }
}

/// Why `HEARTH_ENCRYPTION_KEYS` cannot be used.
enum KeyRingProblem: Error {
    case empty
    case malformedEntry
    case notThirtyTwoBytes(id: String)
    case duplicateID

    var words: String {
        switch self {
        case .empty: "names no key; give at least one as id:base64-of-32-bytes"
        case .malformedEntry: "has an entry that is not id:base64-of-32-bytes (ids have 1 to 32 characters)"
        case .notThirtyTwoBytes(let id): "key '\(id)' is not 32 bytes in base64; make one with: openssl rand -base64 32"
        case .duplicateID: "names one id twice"
        }
    }
}
