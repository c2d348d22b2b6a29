import Crypto
package import Foundation

/// Seals values that must not be readable in the database, such as tokens, consent seeds and webhook secrets.
///
/// The cipher is AES-256-GCM. The newest key seals, any key of the ring opens. Tenant, row and purpose are authenticated with
/// the ciphertext, so that a value moved to another row, purpose or tenant cannot be opened.
package struct KeyRing: Sendable {
    private let newest: (id: String, key: SymmetricKey)
    private let keys: [String: SymmetricKey]
    /// The ids of the ring, newest first.
    package let ids: [String]

    /// The place to which a sealed value is bound.
    package struct Place: Sendable {
        fileprivate let authenticated: Data

        package init(tenant: Int64, row: Int64, purpose: Purpose) {
            self.init(tenant: tenant, name: String(row), purpose: purpose)
        }

        /// - Parameter name: the key of the row, if it is a text.
        package init(tenant: Int64, name: String, purpose: Purpose) {
            authenticated = Data("\(tenant)/\(purpose.rawValue)/\(name)".utf8)
        }
    }

    /// The kind of a sealed value. Every kind that is stored in the database has its columns in ``SealedColumn/all``.
    package enum Purpose: String, Sendable, CaseIterable {
        case accessToken = "grants.access_token"
        case refreshToken = "grants.refresh_token"
        case consentSeed = "consents.seed"
        case adminConsentSeed = "admin_consents.seed"
        case invitationSeed = "invitations.seed"
        case webhookSecret = "webhook_endpoints.secret"
        case applicationSecret = "microsoft_apps.secret"
        case idempotentAnswer = "idempotency_keys.answer"
        case signInSecret = "tenant_sign_ins.secret"
        case messageContent = "messages.content"
        case messageReport = "messages.report"
        case receivedContent = "received_messages.content"
        case openIDAttempt = "console.openid"
        case consoleSession = "console.session"
        case embedForm = "embed.form"
        case auditKey = "audit_chains.key"
        case auditEntry = "audit_entries.seal"
    }

    /// The reason why a sealed value cannot be opened.
    package enum Failure: Error, Equatable {
        case malformed
        case keyMissing(id: String)
        case notAuthentic

        package var words: String {
            switch self {
            case .malformed: "is not a sealed value"
            case .keyMissing(let id): "was sealed by key '\(id)', which HEARTH_ENCRYPTION_KEYS lacks"
            case .notAuthentic: "was altered, or moved from another row, purpose or tenant"
            }
        }
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
        ids = entries.map(\.id)
        keys = Dictionary(uniqueKeysWithValues: entries)
    }

    package var newestID: String { newest.id }
    package var count: Int { keys.count }

    /// The prefix of all values sealed by the newest key.
    var newestPrefix: [UInt8] { Self.prefix(ofKey: newest.id) }

    private static func prefix(ofKey id: String) -> [UInt8] { [1, UInt8(id.utf8.count)] + id.utf8 }

    /// Returns the id of the key that sealed a value, of which the prefix suffices; nil if it is not a sealed value.
    package static func keyID(of sealed: [UInt8]) -> String? {
        guard sealed.count >= 2, sealed[0] == 1, (1...32).contains(sealed[1]) else { return nil }
        let end = 2 + Int(sealed[1])
        guard sealed.count >= end else { return nil }
        return String(validating: sealed[2..<end], as: UTF8.self)
    }

    /// Returns 32 hexadecimal digits that distinguish keys without revealing anything about them; nil for an unknown id.
    func fingerprint(of id: String) -> String? {
        guard let key = keys[id] else { return nil }
        let digest = HMAC<SHA256>.authenticationCode(for: Data("hearth key fingerprint".utf8), using: key)
        return digest.prefix(16).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// Seals a value with the newest key. Layout: version 1, length of the key id, key id, nonce, ciphertext, tag.
    package func seal(_ plaintext: some DataProtocol, for place: Place) throws -> [UInt8] {
        let box = try AES.GCM.seal(plaintext, using: newest.key, authenticating: place.authenticated)
        var sealed = newestPrefix
        sealed += box.nonce
        sealed += box.ciphertext
        sealed += box.tag
        return sealed
    }

    package func open(_ sealed: [UInt8], for place: Place) throws(Failure) -> [UInt8] {
        guard let id = Self.keyID(of: sealed) else { throw .malformed }
        let start = 2 + id.utf8.count
        guard sealed.count >= start + 28 else { throw .malformed }
        guard let key = keys[id] else { throw .keyMissing(id: id) }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[start...])
            return Array(try AES.GCM.open(box, using: key, authenticating: place.authenticated))
        } catch {
            throw .notAuthentic
        }
    }
}

/// The reason why `HEARTH_ENCRYPTION_KEYS` is invalid.
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
        case .duplicateID: "has two keys with the same id"
        }
    }
}
