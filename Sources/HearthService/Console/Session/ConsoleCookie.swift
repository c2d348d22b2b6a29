import HTTPTypes
import Hummingbird

/// The two cookies of the console: a tenant's session and the operator's. One does not end the other.
enum ConsoleCookie: String, Sendable {
    case tenant = "hearth-console"
    case `operator` = "hearth-operator"

    /// `__Host-` makes the browser refuse the cookie if another host or plain http has set it (RFC 6265bis, 4.1.3.2).
    func name(isSecure: Bool) -> String { isSecure ? "__Host-\(rawValue)" : rawValue }

    func value(in request: Request, isSecure: Bool) -> String? {
        request.cookies[name(isSecure: isSecure)]?.value
    }

    /// - Parameter value: nil ends it.
    func header(_ value: String?, isSecure: Bool) -> String {
        let life = value == nil ? 0 : ConsoleSession.life
        return "\(name(isSecure: isSecure))=\(value ?? ""); Path=/; Max-Age=\(life); HttpOnly; SameSite=Strict"
            + (isSecure ? "; Secure" : "")
    }
}
