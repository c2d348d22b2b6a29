import Foundation

/// Where Microsoft is, real or simulated, and as whom the operator's application speaks.
package struct MicrosoftEndpoints: Sendable {
    /// Scheme and host, such as `https://login.microsoftonline.com`; no trailing slash.
    package let authority: String
    /// The first path segment: `common`, `organizations`, `consumers` or a tenant id. The same segment must redeem a code.
    package let tenant: String
    /// The directory in which the operator's application is registered; nil where nobody has said.
    package let home: String?
    /// Such as `https://graph.microsoft.com/v1.0`; no trailing slash.
    package let graph: String
    package let redirectURI: String
    /// Where an administrator comes back to: another place than owners do, so that nothing there connects a mailbox.
    package let adminRedirectURI: String
    package let clientID: String
    package let secret: OperatorSecret

    /// The resource that Graph's scopes are of: its address without path.
    package var graphRoot: String {
        guard let url = URL(string: graph), let scheme = url.scheme, let host = url.host() else { return graph }
        return "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
    }
    /// The `form-action` of a page whose form leads to Microsoft. Chromium applies it to every redirect that follows, and
    /// Microsoft redirects personal accounts and federated domains to other hosts, an organisation's own among them.
    package var formTargets: String { "'self' https: \(authority)" }
    package var authorize: String { "\(authority)/\(tenant)/oauth2/v2.0/authorize" }
    package var token: String { "\(authority)/\(tenant)/oauth2/v2.0/token" }
    /// - Parameter organization: a verified domain of it.
    package func adminConsent(_ organization: String) -> String { "\(authority)/\(organization)/v2.0/adminconsent" }
    package var discovery: String { "\(authority)/\(tenant)/v2.0/.well-known/openid-configuration" }
}
