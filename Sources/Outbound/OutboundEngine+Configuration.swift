extension OutboundEngine {
    /// Settings shared by all requests of an engine.
    package struct Configuration: Sendable {
        /// The name of the engine's thread, at most 15 bytes.
        package var name: String
        /// The addresses that the engine may connect to.
        package var policy: AddressPolicy
        /// Whether `http` URLs are accepted. The policy allows them only to its named networks, unless it is
        /// unrestricted.
        package var allowsPlainHTTP: Bool
        /// Whether HTTP/2 may be used over TLS. Without it every request has its own connection while it runs.
        package var allowsHTTP2: Bool
        /// The proxy's URL. If nil, connections are direct, whatever the environment says.
        ///
        /// With a proxy the policy only sees the proxy's address.
        package var proxy: String?
        /// A file of PEM certificates to trust in addition to the system's.
        package var caFile: String?
        /// A folder of hashed PEM certificates (openssl-rehash(1)) to use instead of the system's; nil for the system's own.
        package var systemCertificates: String?
        /// The maximum number of concurrent transfers, and of connections kept open.
        package var maximumConnections: Int
        /// The maximum number of requests waiting for a transfer to end; any more fail with ``OutboundError/busy``.
        package var maximumWaiting: Int
        /// The maximum number of name lookups still running for requests that were abandoned.
        package var maximumAbandonedLookups: Int
        /// The same limit for each fairness key.
        package var maximumAbandonedLookupsPerKey: Int

        package init(
            name: String,
            policy: AddressPolicy = .publicOnly,
            allowsPlainHTTP: Bool = false,
            allowsHTTP2: Bool = false,
            proxy: String? = nil,
            caFile: String? = nil,
            systemCertificates: String? = nil,
            maximumConnections: Int = 512,
            maximumWaiting: Int = 4096,
            maximumAbandonedLookups: Int = 64,
            maximumAbandonedLookupsPerKey: Int = 4
        ) {
            self.name = name
            self.policy = policy
            self.allowsPlainHTTP = allowsPlainHTTP
            self.allowsHTTP2 = allowsHTTP2
            self.proxy = proxy
            self.caFile = caFile
            self.systemCertificates = systemCertificates
            self.maximumConnections = max(1, maximumConnections)
            self.maximumWaiting = maximumWaiting
            self.maximumAbandonedLookups = maximumAbandonedLookups
            self.maximumAbandonedLookupsPerKey = maximumAbandonedLookupsPerKey
        }
    }

    /// The reason why an engine cannot start.
    package enum StartError: Error, Sendable, CustomStringConvertible {
        case unreadableCertificates(file: String)
        case noResources

        package var description: String {
            switch self {
            case .unreadableCertificates(let file): "the certificates in \(file) cannot be read"
            case .noResources: "the thread for outbound requests cannot be started"
            }
        }
    }
}
