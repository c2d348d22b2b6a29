import Crypto
import Foundation
import HearthCore
import HearthWeb
import StrictJSON

/// The address of a form in which an owner names the mailbox to connect: what the partner asked for, until
/// when, and a signature over both.
///
/// The signature is a digest, sealed: only this service can have made it, no secret of its own is kept for it, and it
/// follows the rotation of the encryption keys.
struct EmbedLink: Sendable {
    /// Seconds that an address works.
    static let lifetime: TimeInterval = 900
    /// Names of ours in the address; a partner's parameters have others.
    static let reserved: Set<String> = ["expires", "signature"]

    let tenantID: Int64
    /// The partner's parameters as they came, without a question mark.
    let query: String
    let expiresAt: Date

    init(tenantID: Int64, query: String, expiresAt: Date) {
        self.tenantID = tenantID
        self.query = query
        // The address has whole seconds.
        self.expiresAt = Date(timeIntervalSince1970: expiresAt.timeIntervalSince1970.rounded(.down))
    }

    /// The path and query of the page.
    func target(_ keyRing: KeyRing) throws -> String {
        let signature = try keyRing.seal(Array(SHA256.hash(data: Data(signed.utf8))), for: Self.place(tenantID))
        let hex = signature.map { String(format: "%02x", $0) }.joined()
        return "/embed/form/\(tenantID)?\(signed)&signature=\(hex)"
    }

    /// Nil for an address that is not one of ours, down to the last byte.
    init?(tenant: String, query text: String, keyRing: KeyRing) {
        guard let tenantID = Int64(tenant), let mark = text.range(of: "&signature=", options: .backwards),
            let sealed = Self.bytes(ofHex: text[mark.upperBound...]),
            let digest = try? keyRing.open(sealed, for: Self.place(tenantID))
        else { return nil }
        let signed = text[..<mark.lowerBound]
        guard digest == Array(SHA256.hash(data: Data(signed.utf8))),
            let end = signed.range(of: "expires=", options: .backwards),
            let seconds = Int(signed[end.upperBound...])
        else { return nil }
        self.init(
            tenantID: tenantID,
            query: String(signed[..<end.lowerBound].dropLast(end.lowerBound == signed.startIndex ? 0 : 1)),
            expiresAt: Date(timeIntervalSince1970: TimeInterval(seconds)))
    }

    private var signed: String {
        (query.isEmpty ? "" : query + "&") + "expires=\(Int(expiresAt.timeIntervalSince1970))"
    }

    private static func place(_ tenant: Int64) -> KeyRing.Place {
        KeyRing.Place(tenant: tenant, name: "form", purpose: .embedForm)
    }

    private static func bytes(ofHex text: Substring) -> [UInt8]? {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard !digits.isEmpty, digits.count % 2 == 0, digits.count <= 1_024, !digits.contains(nil) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)) }
    }
}

extension EmbedLink {
    /// `tags` as the partner gave them, comma-separated.
    var tags: String {
        pairs.filter { Self.isTags($0) }.compactMap { $0.split(separator: "=", maxSplits: 1).dropFirst().first }
            .map { $0.replacing("+", with: " ").removingPercentEncoding ?? String($0) }.joined(separator: ",")
    }

    /// Everything else, untouched: it comes back in `meta`. Nil when there is nothing else.
    var meta: String? {
        let rest = pairs.filter { !Self.isTags($0) }.joined(separator: "&")
        return rest.isEmpty ? nil : rest
    }

    /// Those names of ours that the partner used.
    var reservedNames: [String] {
        pairs.map { String($0.prefix { $0 != "=" }) }.filter(Self.reserved.contains)
    }

    private var pairs: [Substring] { query.split(separator: "&") }

    private static func isTags(_ pair: Substring) -> Bool {
        let name = pair.prefix { $0 != "=" }
        return ["tags", "tags[]", "tags%5B%5D", "tags%5b%5d"].contains(String(name))
    }

    /// What the owner's entry makes of it: the body of `POST /campaigns/ms-graph`.
    func request(email: String, firstName: String, lastName: String) -> ParsedBody {
        var members = [("email", email), ("first_name", firstName), ("last_name", lastName), ("tags", tags)]
        if let meta { members.append(("meta", meta)) }
        return ParsedBody(form: JSONObject(members.map { JSONObject.Member(name: $0.0, value: .string($0.1)) }))
    }
}
