import Crypto
import Foundation
import HearthCore
import HearthRules
import Hummingbird

/// A sign-in in progress at the provider. It is stored only in a sealed cookie, so that only the browser that began the
/// sign-in can complete it.
struct OpenIDAttempt: Sendable {
    let tenant: Int64
    let state: String
    let nonce: String
    /// RFC 7636, section 4.1.
    let codeVerifier: String
    /// Seconds since 1970.
    let beganAt: Int

    /// Seconds: enough to sign in and approve on another device.
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

    /// Nil if the text was not sealed by us, or if the attempt took too long.
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

/// The cookies of a browser's sign-ins in progress: one for each, so that two tabs do not interfere.
struct OpenIDAttemptCookies: Sendable {
    let keyRing: KeyRing
    let isSecure: Bool

    /// The browser sends all of them with every request, and the size of headers is limited.
    private static let most = 5
    private static let prefix = "hearth-sign-in-"
    /// Characters of the state in a cookie's name.
    private static let markLength = 8

    /// The attempt that a response with this state belongs to.
    func attempt(state: String, in request: Request, at now: Date) -> OpenIDAttempt? {
        guard let value = request.cookies[name(state)]?.value,
            let attempt = OpenIDAttempt(value, keyRing: keyRing, at: now),
            isEqualInConstantTime(Array(state.utf8), Array(attempt.state.utf8))
        else { return nil }
        return attempt
    }

    /// The headers that set the cookie of a new attempt and clear those of expired ones, and of the oldest above the limit.
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

    /// Lax: the browser comes back from the provider's site, and would not send a strict cookie.
    private func header(_ name: String, _ value: String?) -> String {
        ConsoleCookie.header(
            name, value, life: OpenIDAttempt.life, site: "Lax", isSecure: isSecure)
    }
}
