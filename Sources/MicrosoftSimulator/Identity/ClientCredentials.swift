import Foundation

/// The credentials of a client at the token endpoint, in the body or by HTTP Basic.
struct ClientCredentials: Sendable {
    let clientID: String?
    private let secret: String?
    private let hasAssertion: Bool

    init(_ exchange: Exchange) {
        let form = exchange.form
        let basic = Self.basic(exchange)
        clientID = form["client_id"] ?? basic?.clientID
        secret = form["client_secret"] ?? basic?.secret
        hasAssertion = form["client_assertion"] != nil
    }

    /// Throws AADSTS7000215 for an unknown secret and 7000222 for an expired one.
    func check(against application: RegisteredApplication, at now: Date) throws(IdentityFailure) {
        guard let secret else { throw IdentityFailure(hasAssertion ? 700027 : 7000218) }
        let matching = application.secrets.filter { $0.value == secret }
        guard !matching.isEmpty else { throw IdentityFailure(7000215, application.clientID) }
        guard !application.secretsExpired, matching.contains(where: { $0.isValid(at: now) }) else {
            throw IdentityFailure(7000222, application.clientID)
        }
    }

    /// Both halves are form-encoded before they are joined (RFC 6749 section 2.3.1).
    private static func basic(_ exchange: Exchange) -> (clientID: String, secret: String)? {
        guard let value = exchange.header("Authorization"), value.lowercased().hasPrefix("basic "),
            let decoded = Data(base64Encoded: value.dropFirst("basic ".count).trimmingCharacters(in: .whitespaces))
        else { return nil }
        let text = String(decoding: decoded, as: UTF8.self)
        guard let colon = text.firstIndex(of: ":") else { return nil }
        return (FormFields.decode(text[..<colon]), FormFields.decode(text[text.index(after: colon)...]))
    }
}
