package import Foundation

/// How a simulator is started.
package struct SimulatorSettings: Sendable {
    /// An application that may ask for tokens from the first moment.
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

    /// Paths of PEM files. With them the simulator speaks HTTPS only.
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
    /// The address that issuers and endpoints carry; by default the one the client used (its `Host` header).
    package var publicURL: String?
    /// Makes codes, tokens and lifetimes repeatable; nil draws them from the system. Directory ids depend on their
    /// names and this number alone.
    package var seed: UInt64?
    /// The policy of organisations that come into being by themselves.
    package var defaultConsentPolicy: ConsentPolicy
    /// What the simulator's clock starts from.
    package var now: @Sendable () -> Date

    package init(
        host: String = "127.0.0.1",
        port: Int = 0,
        tls: TLS? = nil,
        applications: [Client] = [],
        publicURL: String? = nil,
        seed: UInt64? = nil,
        defaultConsentPolicy: ConsentPolicy = .allowAll,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.applications = applications
        self.publicURL = publicURL
        self.seed = seed
        self.defaultConsentPolicy = defaultConsentPolicy
        self.now = now
    }
}
