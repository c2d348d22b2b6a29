import Foundation

/// The URLs of Microsoft, real or simulated, and the identity of the operator's application.
package struct MicrosoftEndpoints: Sendable {
    /// Scheme and host, such as `https://login.microsoftonline.com`; no trailing slash.
    package let authority: String
    /// The first path segment: `common`, `organizations`, `consumers` or a tenant id. A code must be redeemed with the same
    /// segment.
    package let tenant: String
    /// The directory in which the operator's application is registered; nil if unknown.
    package let home: String?
    /// The URL of Graph with its version, such as `https://graph.microsoft.com/v1.0`; no trailing slash.
    package let graph: String
    package let redirectURI: String
    /// The redirect URI of administrators, separate from that of owners, so that it never connects a mailbox.
    package let adminRedirectURI: String
    package let clientID: String
    package let secret: OperatorSecret

    /// The resource to which Graph's scopes belong: the URL without its path.
    package var graphRoot: String {
        guard let url = URL(string: graph), let scheme = url.scheme, let host = url.host() else { return graph }
        return "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
    }
    /// The `form-action` of a page whose form leads to Microsoft. Chromium also applies it to all redirects that follow, and
    /// Microsoft redirects personal accounts and federated domains to other hosts, including those of organisations.
    package var formTargets: String { "'self' https: \(authority)" }
    package var authorize: String { "\(authority)/\(tenant)/oauth2/v2.0/authorize" }
    package var token: String { "\(authority)/\(tenant)/oauth2/v2.0/token" }
    /// - Parameter organization: a verified domain of the organisation.
    package func adminConsent(_ organization: String) -> String { "\(authority)/\(organization)/v2.0/adminconsent" }
    package var discovery: String { "\(authority)/\(tenant)/v2.0/.well-known/openid-configuration" }
}
