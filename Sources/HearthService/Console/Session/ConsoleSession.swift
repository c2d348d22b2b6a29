import Crypto
import Foundation
import Hummingbird
import StrictJSON

/// Who is signed in to the console. It lives in the browser's cookie alone, sealed; nothing of it is stored.
struct ConsoleSession: Sendable, Equatable {
    enum Credential: Sendable, Equatable {
        /// The text of an API key. It is looked up on every request, so that a revoked key ends its sessions.
        case apiKey(String)
        /// Somebody whom the tenant's own OpenID provider has signed in. Looked up on every request, too.
        case member(tenant: Int64, member: Int64)
        /// SHA-256 of the operator's token: a new token ends the sessions of the old one.
        case operatorToken(digest: [UInt8])
    }

    let credential: Credential
    /// Seconds since 1970, by the service's clock.
    let signedInAt: Int
    /// What the form tokens are made with.
    let secret: [UInt8]

    static let life = 8 * 3_600
    static let secretLength = 32

    init(_ credential: Credential, at now: Date, randomBytes: (Int) -> [UInt8]) {
        self.credential = credential
        signedInAt = Int(now.timeIntervalSince1970)
        secret = randomBytes(Self.secretLength)
    }

    var endsAt: Date { Date(timeIntervalSince1970: TimeInterval(signedInAt + Self.life)) }

    /// Goes into every form and comes back with it. A page of another site can send a form here, but not read this.
    var formToken: String {
        Base64URL.encode(
            HMAC<SHA256>.authenticationCode(for: Data("hearth.console.form".utf8), using: SymmetricKey(data: secret)))
    }

    /// The body of a form that carries this session's token.
    ///
    /// - Throws: 403 `FORM_NOT_OURS`.
    // Inlined into the gates' closures, Swift 6.3.1 crashes in a release build ("While splitting coroutine").
    @inline(never)
    func form(_ request: Request, _ context: AppContext) async throws -> RequestBody {
        let body = try await RequestBody.read(request, context: context)
        let token = body.object["form_token"]?.asString ?? ""
        guard isEqualInConstantTime(Array(token.utf8), Array(formToken.utf8)) else { throw APIError.foreignForm }
        return body
    }
}

/// A session as the cookie's value.
struct SealedSession: Sendable {
    let keyRing: KeyRing
    let now: @Sendable () -> Date

    /// A session belongs to no row.
    private static let place = KeyRing.Place(tenant: 0, row: 0, purpose: .consoleSession)

    func seal(_ session: ConsoleSession) throws -> String {
        let lines = ["1", String(session.signedInAt), Base64URL.encode(session.secret)]
        return Base64URL.encode(
            try keyRing.seal(Data((lines + session.credential.lines).joined(separator: "\n").utf8), for: Self.place))
    }

    /// Nil for what we have not made, and for what has ended.
    func open(_ text: some StringProtocol) -> ConsoleSession? {
        guard text.utf8.count < 4_000, let sealed = Base64URL.decode(text),
            let bytes = try? keyRing.open(sealed, for: Self.place)
        else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 5, lines[0] == "1", let signedInAt = Int(lines[1]),
            let secret = Base64URL.decode(lines[2]), let credential = ConsoleSession.Credential(lines[3...])
        else { return nil }
        let session = ConsoleSession(credential: credential, signedInAt: signedInAt, secret: secret)
        return session.endsAt > now() ? session : nil
    }
}

extension ConsoleSession {
    fileprivate init(credential: Credential, signedInAt: Int, secret: [UInt8]) {
        self.credential = credential
        self.signedInAt = signedInAt
        self.secret = secret
    }
}

extension ConsoleSession.Credential {
    fileprivate var lines: [String] {
        switch self {
        case .apiKey(let text): ["key", text]
        case .member(let tenant, let member): ["member", "\(tenant).\(member)"]
        case .operatorToken(let digest): ["operator", Base64URL.encode(digest)]
        }
    }

    fileprivate init?(_ lines: ArraySlice<Substring>) {
        guard let kind = lines.first, let value = lines.last else { return nil }
        switch kind {
        case "key": self = .apiKey(String(value))
        case "member":
            let ids = value.split(separator: ".").compactMap { Int64($0) }
            guard ids.count == 2 else { return nil }
            self = .member(tenant: ids[0], member: ids[1])
        case "operator":
            guard let digest = Base64URL.decode(value) else { return nil }
            self = .operatorToken(digest: digest)
        default: return nil
        }
    }
}
