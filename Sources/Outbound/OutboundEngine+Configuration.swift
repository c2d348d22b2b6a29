extension OutboundEngine {
    /// What all requests of an engine have in common.
    package struct Configuration: Sendable {
        /// The name of the engine's thread, at most 15 bytes.
        package var name: String
        /// Which addresses may be connected to.
        package var policy: AddressPolicy
        /// Whether `http` URLs are taken at all. The policy allows them to its named networks only, unless it is
        /// unrestricted.
        package var allowsPlainHTTP: Bool
        /// Whether HTTP/2 may be spoken over TLS. Without it every request has a connection of its own while it runs.
        package var allowsHTTP2: Bool
        /// The proxy's URL. Without one, connections are direct, whatever the environment says.
        ///
        /// With a proxy the policy sees the proxy's address only.
        package var proxy: String?
        /// A file of PEM certificates that are trusted beside the system's.
        package var caFile: String?
        /// A folder of hashed PEM certificates (openssl-rehash(1)) in place of the system's; nil for the system's own.
        package var systemCertificates: String?
        /// The most transfers that run at once, and the most connections that are kept open.
        package var maximumConnections: Int
        /// The most requests that wait for a transfer to end; the next one is ``OutboundError/busy``.
        package var maximumWaiting: Int
        /// The most name lookups that may go on after their request was given up.
        package var maximumAbandonedLookups: Int
        /// The same for each fairness key.
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

    /// Why an engine cannot start.
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
