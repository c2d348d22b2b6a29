import Foundation
package import Outbound

/// What Microsoft's authorize endpoint answers to a browser in which nobody is signed in.
///
/// It looks at the application and its redirect URI before it asks for an account. What is wrong with them is shown on a page
/// of Microsoft's own, with an AADSTS number in its text ("Microsoft Entra authentication and authorization error codes");
/// the application never hears of it.
package enum AuthorizeAnswer: Sendable, Equatable {
    /// Somebody may sign in: application, redirect URI and permissions are known.
    case signIn
    /// - Parameter code: the AADSTS number, where there is one.
    case refused(code: Int?)
    /// The same endpoint leads on within its own host.
    case further(String)
    /// Nothing is known; the words say why.
    case unclear(String)

    private static let redirects = [301, 302, 303, 307, 308]
    /// Errors that say no more than that nobody is signed in (OpenID Connect Core 3.1.2.6).
    private static let asksForSignIn: Set<String> = ["login_required", "interaction_required", "consent_required"]

    /// - Parameters:
    ///   - url: what was asked for.
    ///   - clientID: the application's. Microsoft's page for it names it; a page that does not is somebody else's.
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
            self = .unclear("the page that is answered, with status \(response.status), does not name the application")
        }
    }

    private static func redirect(to location: String, from url: String, redirectURI: String) -> AuthorizeAnswer {
        guard let base = URL(string: url), let target = URL(string: location, relativeTo: base)?.absoluteURL else {
            return .unclear("Microsoft leads on to an address that cannot be read")
        }
        if target.absoluteString.hasPrefix(redirectURI) {
            let items = URLComponents(url: target, resolvingAgainstBaseURL: true)?.queryItems ?? []
            func value(_ name: String) -> String? { items.first { $0.name == name }?.value }
            guard let error = value("error") else { return .unclear("Microsoft leads back without a word") }
            if asksForSignIn.contains(error) { return .signIn }
            return .refused(code: value("error_description").flatMap(MicrosoftFault.number(inDescription:)))
        }
        guard target.scheme == base.scheme, target.host() == base.host(), target.port == base.port else {
            return .unclear("Microsoft leads on to \(target.host() ?? "another host")")
        }
        return .further(target.absoluteString)
    }
}
