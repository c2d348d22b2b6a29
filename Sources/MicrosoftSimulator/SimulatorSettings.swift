package import Foundation

/// The settings that a simulator starts with.
package struct SimulatorSettings: Sendable {
    /// An application that is registered from the start.
    package struct Client: Sendable {
        package var clientID: String
        package var secret: String
        package var redirectURIs: [String]

        package init(clientID: String, secret: String, redirectURIs: [String]) {
            self.clientID = clientID
            self.secret = secret
            self.redirectURIs = redirectURIs
        }
    }

    /// Paths of PEM files. With them the simulator serves only HTTPS.
    package struct TLS: Sendable {
        package var certificateFile: String
        package var keyFile: String

        package init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    package var host: String
    /// 0 lets the kernel choose.
    package var port: Int
    package var tls: TLS?
    package var applications: [Client]
    /// The base URL of issuers and endpoints; by default the one that the client used (its `Host` header).
    package var publicURL: String?
    /// A PEM file with certificates that receivers of notifications may have, in addition to those that the machine trusts.
    package var webhookAuthorityFile: String?
    /// Makes codes, tokens and lifetimes reproducible; nil uses the system's randomness. Directory ids depend only on their
    /// names and this number.
    package var seed: UInt64?
    /// The policy of organisations that are created implicitly.
    package var defaultConsentPolicy: ConsentPolicy
    /// The time that the simulator's clock is based on.
    package var now: @Sendable () -> Date

    package init(
        host: String = "127.0.0.1",
        port: Int = 0,
        tls: TLS? = nil,
        applications: [Client] = [],
        publicURL: String? = nil,
        webhookAuthorityFile: String? = nil,
        seed: UInt64? = nil,
        defaultConsentPolicy: ConsentPolicy = .allowAll,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.applications = applications
        self.publicURL = publicURL
        self.webhookAuthorityFile = webhookAuthorityFile
        self.seed = seed
        self.defaultConsentPolicy = defaultConsentPolicy
        self.now = now
    }
}
