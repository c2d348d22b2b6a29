import HTTPTypes
import Hummingbird

/// The cookies of the console: a tenant's session, the operator's, and a sign-in that is under way at an OpenID provider.
/// One does not end the other.
enum ConsoleCookie: String, Sendable {
    case tenant = "hearth-console"
    case `operator` = "hearth-operator"
    case openID = "hearth-sign-in"

    /// `__Host-` makes the browser refuse the cookie if another host or plain http has set it (RFC 6265bis, 4.1.3.2).
    func name(isSecure: Bool) -> String { isSecure ? "__Host-\(rawValue)" : rawValue }

    func value(in request: Request, isSecure: Bool) -> String? {
        request.cookies[name(isSecure: isSecure)]?.value
    }

    /// - Parameter value: nil ends it.
    func header(_ value: String?, isSecure: Bool) -> String {
        let life = value == nil ? 0 : self == .openID ? OpenIDAttempt.life : ConsoleSession.life
        // The provider sends the browser back from its own site, and a strict cookie would stay away then.
        let site = self == .openID ? "Lax" : "Strict"
        return "\(name(isSecure: isSecure))=\(value ?? ""); Path=/; Max-Age=\(life); HttpOnly; SameSite=\(site)"
            + (isSecure ? "; Secure" : "")
    }
}
