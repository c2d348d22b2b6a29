import Crypto
import Foundation
import HearthCore
import HearthRules
import Hummingbird

/// A sign-in that is under way at the provider. It lives in the browser's cookie alone, sealed, so that an answer is
/// taken only by the browser that asked.
struct OpenIDAttempt: Sendable {
    let tenant: Int64
    let state: String
    let nonce: String
    /// RFC 7636, section 4.1.
    let codeVerifier: String
    /// Seconds since 1970.
    let beganAt: Int

    /// Time enough to sign in and to approve on another device.
    static let life = 600
    private static let place = KeyRing.Place(tenant: 0, row: 0, purpose: .openIDAttempt)

    init(tenant: Int64, at now: Date, randomBytes: (Int) -> [UInt8]) {
        self.tenant = tenant
        state = Base64URL.encode(randomBytes(24))
        nonce = Base64URL.encode(randomBytes(24))
        codeVerifier = Base64URL.encode(randomBytes(32))
        beganAt = Int(now.timeIntervalSince1970)
    }

    var codeChallenge: String { Base64URL.encode(SHA256.hash(data: Data(codeVerifier.utf8))) }

    func seal(by keyRing: KeyRing) throws -> String {
        let lines = ["1", String(tenant), state, nonce, codeVerifier, String(beganAt)]
        return Base64URL.encode(try keyRing.seal(Data(lines.joined(separator: "\n").utf8), for: Self.place))
    }

    /// Nil for what we have not made, and for what has taken too long.
    init?(_ text: String, keyRing: KeyRing, at now: Date) {
        guard text.utf8.count < 4_000, let sealed = Base64URL.decode(text),
            let bytes = try? keyRing.open(sealed, for: Self.place)
        else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        guard lines.count == 6, lines[0] == "1", let tenant = Int64(lines[1]), let beganAt = Int(lines[5]),
            (0...Self.life).contains(Int(now.timeIntervalSince1970) - beganAt)
        else { return nil }
        self.tenant = tenant
        state = lines[2]
        nonce = lines[3]
        codeVerifier = lines[4]
        self.beganAt = beganAt
    }
}

/// The cookies of the sign-ins that a browser has under way: one for each, so that two tabs do not disturb each other.
struct OpenIDAttemptCookies: Sendable {
    let keyRing: KeyRing
    let isSecure: Bool

    /// A browser sends all of them with every request, and a header has its limits.
    private static let most = 5
    private static let prefix = "hearth-sign-in-"
    /// Characters of the state that tell one attempt from another.
    private static let markLength = 8

    /// The attempt that an answer with this state belongs to.
    func attempt(state: String, in request: Request, at now: Date) -> OpenIDAttempt? {
        guard let value = request.cookies[name(state)]?.value,
            let attempt = OpenIDAttempt(value, keyRing: keyRing, at: now),
            isEqualInConstantTime(Array(state.utf8), Array(attempt.state.utf8))
        else { return nil }
        return attempt
    }

    /// Sets the cookie of a new attempt, and ends those that have had their time and the oldest of too many.
    func begin(_ attempt: OpenIDAttempt, in request: Request, at now: Date) throws -> [String] {
        let former = names(in: request).map { name in
            (name: name, attempt: request.cookies[name].flatMap { OpenIDAttempt($0.value, keyRing: keyRing, at: now) })
        }
        let newestFirst = former.sorted { ($0.attempt?.beganAt ?? 0) > ($1.attempt?.beganAt ?? 0) }
        let kept = newestFirst.prefix(Self.most - 1).filter { $0.attempt != nil }.map(\.name)
        let ended = former.map(\.name).filter { !kept.contains($0) }
        return [header(name(attempt.state), try attempt.seal(by: keyRing))] + ended.map { header($0, nil) }
    }

    func end(_ attempt: OpenIDAttempt) -> String { header(name(attempt.state), nil) }

    private func name(_ state: String) -> String {
        ConsoleCookie.prefix(isSecure) + Self.prefix + state.prefix(Self.markLength)
    }

    private func names(in request: Request) -> Set<String> {
        let pairs = request.headers[values: .cookie].flatMap { $0.split(separator: ";") }
        let names = pairs.compactMap { $0.split(separator: "=").first?.trimmingCharacters(in: .whitespaces) }
        return Set(names.filter { $0.hasPrefix(ConsoleCookie.prefix(isSecure) + Self.prefix) })
    }

    /// The provider sends the browser back from its own site, and a strict cookie would stay away then.
    private func header(_ name: String, _ value: String?) -> String {
        ConsoleCookie.header(
            name, value, life: OpenIDAttempt.life, site: "Lax", isSecure: isSecure)
    }
}
