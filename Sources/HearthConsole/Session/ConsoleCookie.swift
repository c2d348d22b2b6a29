import HTTPTypes
import Hummingbird

/// The session cookies of the console, a tenant's and the operator's. They are independent of each other.
enum ConsoleCookie: String, Sendable {
    case tenant = "hearth-console"
    case `operator` = "hearth-operator"

    /// `__Host-` makes the browser refuse the cookie if another host or plain http has set it (RFC 6265bis, 4.1.3.2).
    static func prefix(_ isSecure: Bool) -> String { isSecure ? "__Host-" : "" }

    private func name(isSecure: Bool) -> String { Self.prefix(isSecure) + rawValue }

    func value(in request: Request, isSecure: Bool) -> String? {
        request.cookies[name(isSecure: isSecure)]?.value
    }

    /// - Parameter value: nil clears the cookie.
    func header(_ value: String?, isSecure: Bool) -> String {
        Self.header(name(isSecure: isSecure), value, life: ConsoleSession.life, site: "Strict", isSecure: isSecure)
    }

    /// - Parameters:
    ///   - value: nil clears the cookie.
    ///   - life: seconds.
    static func header(_ name: String, _ value: String?, life: Int, site: String, isSecure: Bool) -> String {
        "\(name)=\(value ?? ""); Path=/; Max-Age=\(value == nil ? 0 : life); HttpOnly; SameSite=\(site)"
            + (isSecure ? "; Secure" : "")
    }
}
