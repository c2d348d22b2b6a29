import Crypto
import Foundation
import HearthCore
import HearthWeb
import StrictJSON

/// The URL of a form in which an owner enters the mailbox to connect. Contains the partner's parameters, an expiry time, and
/// a signature over both.
///
/// The signature is a sealed digest: only this service can create it, it needs no key of its own, and it follows the
/// rotation of the encryption keys.
struct EmbedLink: Sendable {
    /// Seconds for which a URL is valid.
    static let lifetime: TimeInterval = 900
    /// Names that the URL itself uses, and that the partner's parameters must not use.
    static let reserved: Set<String> = ["expires", "signature"]

    let tenantID: Int64
    /// The partner's parameters as received, without a question mark.
    let query: String
    let expiresAt: Date

    init(tenantID: Int64, query: String, expiresAt: Date) {
        self.tenantID = tenantID
        self.query = query
        // The URL contains whole seconds.
        self.expiresAt = Date(timeIntervalSince1970: expiresAt.timeIntervalSince1970.rounded(.down))
    }

    /// The path and query of the page.
    func target(_ keyRing: KeyRing) throws -> String {
        let signature = try keyRing.seal(Array(SHA256.hash(data: Data(signed.utf8))), for: Self.place(tenantID))
        let hex = signature.map { String(format: "%02x", $0) }.joined()
        return "/embed/form/\(tenantID)?\(signed)&signature=\(hex)"
    }

    /// Returns nil unless this service created exactly this URL.
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
    /// The partner's `tags`, comma-separated.
    var tags: String {
        pairs.filter { Self.isTags($0) }.compactMap { $0.split(separator: "=", maxSplits: 1).dropFirst().first }
            .map { $0.replacing("+", with: " ").removingPercentEncoding ?? String($0) }.joined(separator: ",")
    }

    /// All other parameters, unchanged, for `meta`; nil if there are none.
    var meta: String? {
        let rest = pairs.filter { !Self.isTags($0) }.joined(separator: "&")
        return rest.isEmpty ? nil : rest
    }

    /// The reserved names that the partner used.
    var reservedNames: [String] {
        pairs.map { String($0.prefix { $0 != "=" }) }.filter(Self.reserved.contains)
    }

    private var pairs: [Substring] { query.split(separator: "&") }

    private static func isTags(_ pair: Substring) -> Bool {
        let name = pair.prefix { $0 != "=" }
        return ["tags", "tags[]", "tags%5B%5D", "tags%5b%5d"].contains(String(name))
    }

    /// Combines the parameters with the owner's input into a body of `POST /campaigns/ms-graph`.
    func request(email: String, firstName: String, lastName: String) -> ParsedBody {
        var members = [("email", email), ("first_name", firstName), ("last_name", lastName), ("tags", tags)]
        if let meta { members.append(("meta", meta)) }
        return ParsedBody(form: JSONObject(members.map { JSONObject.Member(name: $0.0, value: .string($0.1)) }))
    }
}
