import Crypto
import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import StrictJSON

/// The content of a session cookie: whose session it is, and its secret.
///
/// The session itself is a database row, which holds its owner and its end. The cookie is sealed as well, so that a forged
/// one costs no query.
struct ConsoleSession: Sendable, Equatable {
    /// The part of the console that the session opens.
    enum Realm: Sendable, Equatable {
        case tenant(Int64)
        /// With the SHA-256 of the operator's token: a new token ends the sessions of the old one.
        case `operator`(tokenDigest: [UInt8])
    }

    let realm: Realm
    private let secret: [UInt8]

    /// Seconds from the sign-in to the end.
    static let life = 8 * 3_600
    private static let secretLength = 32

    init(_ realm: Realm, randomBytes: (Int) -> [UInt8]) {
        self.init(realm, secret: randomBytes(Self.secretLength))
    }

    private init(_ realm: Realm, secret: [UInt8]) {
        self.realm = realm
        self.secret = secret
    }

    static func end(ofSessionFrom start: Date) -> Date { start.addingTimeInterval(TimeInterval(life)) }

    /// SHA-256 of the secret, the session's key in the database. A salt is not needed: the secret is 32 random bytes.
    var digest: [UInt8] { Array(SHA256.hash(data: Data(secret))) }

    /// The CSRF token in every form. A page of another site can send a form here, but cannot read the token.
    var formToken: String {
        Base64URL.encode(
            HMAC<SHA256>.authenticationCode(for: Data("hearth.console.form".utf8), using: SymmetricKey(data: secret)))
    }

    /// Reads the body of a form, which must carry this session's token.
    ///
    /// - Throws: 403 `FORM_NOT_OURS`.
    // Inlined into the gates' closures, Swift 6.3.1 crashes in a release build ("While splitting coroutine").
    @inline(never)
    func form(_ request: Request, _ context: AppContext) async throws -> ParsedBody {
        let body = try await ParsedBody.read(request, context: context)
        let token = body.object["form_token"]?.asString ?? ""
        guard isEqualInConstantTime(Array(token.utf8), Array(formToken.utf8)) else { throw APIError.foreignForm }
        return body
    }

    // MARK: The cookie's value

    /// The cookie is bound to no row.
    private static let place = KeyRing.Place(tenant: 0, row: 0, purpose: .consoleSession)

    func seal(by keyRing: KeyRing) throws -> String {
        let owner =
            switch realm {
            case .tenant(let tenant): ["tenant", String(tenant)]
            case .operator(let digest): ["operator", Base64URL.encode(digest)]
            }
        let lines = owner + [Base64URL.encode(secret)]
        return Base64URL.encode(try keyRing.seal(Data(lines.joined(separator: "\n").utf8), for: Self.place))
    }

    /// Nil if the text was not sealed by us.
    init?(_ text: String, keyRing: KeyRing) {
        guard text.utf8.count < 4_000, let sealed = Base64URL.decode(text),
            let bytes = try? keyRing.open(sealed, for: Self.place)
        else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 3, let secret = Base64URL.decode(lines[2]) else { return nil }
        switch lines[0] {
        case "tenant":
            guard let tenant = Int64(lines[1]) else { return nil }
            self.init(.tenant(tenant), secret: secret)
        case "operator":
            guard let digest = Base64URL.decode(lines[1]) else { return nil }
            self.init(.operator(tokenDigest: digest), secret: secret)
        default: return nil
        }
    }
}
