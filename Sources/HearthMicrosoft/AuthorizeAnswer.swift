import Foundation
package import Outbound

/// The answer of Microsoft's authorize endpoint to a browser in which nobody is signed in.
///
/// The endpoint checks the application and its redirect URI before it asks for an account. It shows problems with them on a
/// page of its own, with an AADSTS number in its text ("Microsoft Entra authentication and authorization error codes"); the
/// application is not informed.
package enum AuthorizeAnswer: Sendable, Equatable {
    /// The user may sign in: application, redirect URI and permissions are known.
    case signIn
    /// - Parameter code: the AADSTS number, if there is one.
    case refused(code: Int?)
    /// The endpoint redirects within its own host.
    case further(String)
    /// The result is unknown; the text says why.
    case unclear(String)

    private static let redirects = [301, 302, 303, 307, 308]
    /// Errors that only mean that nobody is signed in (OpenID Connect Core 3.1.2.6).
    private static let asksForSignIn: Set<String> = ["login_required", "interaction_required", "consent_required"]

    /// - Parameters:
    ///   - url: the requested URL.
    ///   - clientID: the application's. Microsoft's sign-in page contains it; a page that does not is not Microsoft's.
    package init(_ response: OutboundResponse, to url: String, clientID: String, redirectURI: String) {
        guard response.status < 500, response.status != 429 else {
            self = .unclear("Microsoft answers with status \(response.status)")
            return
        }
        if Self.redirects.contains(response.status), let location = response.header("location") {
            self = Self.redirect(to: location, from: url, redirectURI: redirectURI)
            return
        }
        let page = String(decoding: response.body, as: UTF8.self)
        if let code = MicrosoftFault.number(inDescription: page) {
            self = .refused(code: code)
        } else if page.contains("is not enabled for consumers") {
            self = .refused(code: nil)
        } else if response.status == 200, page.lowercased().contains(clientID.lowercased()) {
            self = .signIn
        } else {
            self = .unclear("the page with status \(response.status) does not name the application")
        }
    }

    private static func redirect(to location: String, from url: String, redirectURI: String) -> AuthorizeAnswer {
        guard let base = URL(string: url), let target = URL(string: location, relativeTo: base)?.absoluteURL else {
            return .unclear("Microsoft redirects to a malformed address")
        }
        if target.absoluteString.hasPrefix(redirectURI) {
            let items = URLComponents(url: target, resolvingAgainstBaseURL: true)?.queryItems ?? []
            func value(_ name: String) -> String? { items.first { $0.name == name }?.value }
            guard let error = value("error") else { return .unclear("Microsoft redirects back without an error") }
            if asksForSignIn.contains(error) { return .signIn }
            return .refused(code: value("error_description").flatMap(MicrosoftFault.number(inDescription:)))
        }
        guard target.scheme == base.scheme, target.host() == base.host(), target.port == base.port else {
            return .unclear("Microsoft redirects to \(target.host() ?? "another host")")
        }
        return .further(target.absoluteString)
    }
}
