import Crypto
import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
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

/// `GET /embed/form/secure`: creates the URL of a form that a partner shows to a mailbox owner.
struct EmbedRoutes {
    let dependencies: Dependencies

    /// Maximum length of the parameters in characters, so that all browsers and proxies accept the URL.
    static let queryLimit = 4_000

    func create(
        _ request: Request, context: TenantContext, write: PartnerWrite
    ) async throws -> RecordedResponse {
        try context.identity.require(.msGraph)
        let link = EmbedLink(
            tenantID: context.tenantID, query: request.uri.query ?? "",
            expiresAt: dependencies.now().addingTimeInterval(EmbedLink.lifetime))
        try validate(link, for: context.identity)
        let url = dependencies.settings.publicURL + (try link.target(dependencies.keyRing))
        let answer = Envelope.prepared(
            code: "FORM_URL_CREATED",
            message:
                "Show the form at data.url to the mailbox's owner. The campaign is created when the owner has consented."
        ) { json in
            json.object { json in
                json.member("url", url)
                json.member("expiresIn", Int(EmbedLink.lifetime))
                json.member("expires_at", RFC3339.format(link.expiresAt))
            }
        }
        // Anyone who has the URL can create links in the account's name, so creating it is audited.
        return try await write.once { call in
            try await dependencies.database.transaction { try call.record(answer, in: &$0) }
        }
    }

    /// Validates the parameters now, so that the partner gets the error and not an owner who submits the form.
    private func validate(_ link: EmbedLink, for identity: Identity) throws {
        var problems = link.reservedNames.map { FieldProblem(field: $0, message: "is reserved by the form") }
        if link.query.count > Self.queryLimit {
            problems.append(FieldProblem(field: "query", message: "is longer than \(Self.queryLimit) characters"))
        }
        if !problems.isEmpty { throw APIError.validation(problems) }
        _ = try ConsentRequest(
            link.request(email: "owner@example.com", firstName: "", lastName: ""), tenant: identity,
            defaultLifetime: EmbedLink.lifetime)
    }
}
