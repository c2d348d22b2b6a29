package import Configuration
package import DNS
package import Foundation
package import HearthRules
package import HearthWeb
package import HummingbirdCore
package import Outbound

/// All settings of the environment, read once at the start.
package struct Settings: Sendable {
    package let databaseURL: String
    package let migrationDatabaseURL: String
    let usesTransactionPooler: Bool
    package let address: BindAddress
    package let operationsAddress: BindAddress
    package let publicURL: String
    package let tls: TLSFiles?
    package let trustedProxies: [CIDR]
    /// The number of processes that serve the API and share its rate limits.
    package let replicas: Int
    package let keyRing: KeyRing
    package let microsoft: MicrosoftEndpoints
    let microsoftProxy: String?
    let certificateAuthorities: String?
    let webhookNetworks: [CIDR]
    /// How invitations are sent; nil if only partners send the links.
    package let mail: MailSettings?
    /// The DNS server for records of mailboxes' domains; nil for the system's servers.
    package let dnsServer: DNSResolver.Server?
    /// The token with which the operator signs in to the console; nil if that is disabled.
    package let operatorToken: String?
    package let isDevelopment: Bool
    /// The directory that contains `migrations/`, `openapi.yaml` and `docs/errors.md`.
    package let shareDirectory: String
    /// The lifetimes of a link that a request may set, in seconds.
    package static let consentLifetimeBounds = 600...2_592_000
    /// The default lifetime of a link, in seconds.
    package let consentLifetime: TimeInterval
    /// When grants are refreshed and checked.
    package let grantSchedule: GrantSchedule
    /// How long rows are kept once they are no longer needed.
    package let retention: RetentionSettings
    /// How long audit entries and counts of token uses are kept, in seconds.
    package let auditRetention: TimeInterval
    /// For tests: records all SQL texts. Development only.
    package let statements: StatementRecord?
    /// For tests: where the process kills itself. Development only.
    let killAt: (checkpoint: Checkpoint, passage: Int)?

    /// The reference page, which explains every error code.
    package var documentation: String { publicURL + "/docs" }
    package var allowsPlainHTTPWebhooks: Bool { isDevelopment || !webhookNetworks.isEmpty }

    /// - Throws: `SettingsProblem` with all problems.
    package init(_ configuration: ConfigReader) throws {
        var reader = SettingsReader(configuration)
        isDevelopment = reader.flag("HEARTH_DEVELOPMENT")
        databaseURL = reader.required("HEARTH_DATABASE_URL")
        migrationDatabaseURL = reader.text("HEARTH_MIGRATION_DATABASE_URL") ?? databaseURL
        usesTransactionPooler = Self.pooler(&reader)
        address = .hostname(
            Self.host("HEARTH_HOST", default: "127.0.0.1", &reader),
            port: reader.integer("HEARTH_PORT", in: 0...65_535, default: 8_080))
        operationsAddress = Self.listen("HEARTH_OPERATIONS_LISTEN", default: "127.0.0.1:9464", &reader)
        publicURL = reader.origin("HEARTH_PUBLIC_URL", default: nil, allowsPlainHTTP: isDevelopment)
        tls = Self.tls(&reader)
        replicas = reader.integer("HEARTH_REPLICAS", in: 1...1_000, default: 1)
        trustedProxies = Self.trustedProxies(&reader)
        dnsServer = Self.dnsServer(&reader)
        webhookNetworks = Self.networks("HEARTH_WEBHOOK_ALLOW_NETWORKS", &reader)
        let tenant = reader.directory("HEARTH_MICROSOFT_TENANT", or: Self.openTenants) ?? "common"
        microsoft = MicrosoftEndpoints(
            authority: reader.origin(
                "HEARTH_MICROSOFT_AUTHORITY", default: "https://login.microsoftonline.com",
                allowsPlainHTTP: isDevelopment),
            tenant: tenant,
            home: Self.homeTenant(of: tenant, &reader),
            graph: reader.versionedURL(
                "HEARTH_GRAPH_URL", default: "https://graph.microsoft.com/v1.0", allowsPlainHTTP: isDevelopment),
            redirectURI: publicURL + "/oauth/microsoft/callback",
            adminRedirectURI: publicURL + "/oauth/microsoft/admin-callback",
            clientID: reader.requiredGUID("HEARTH_MICROSOFT_CLIENT_ID", "the application's client id"),
            secret: Self.microsoftSecret(&reader))
        mail = MailSettings(&reader, isDevelopment: isDevelopment)
        operatorToken = Self.operatorToken(&reader)
        microsoftProxy = reader.text("HEARTH_MICROSOFT_PROXY")
        certificateAuthorities = reader.text("HEARTH_CA_FILE")
        shareDirectory = reader.text("HEARTH_SHARE_DIR") ?? "."
        consentLifetime = TimeInterval(
            reader.integer("HEARTH_CONSENT_LIFETIME", in: Self.consentLifetimeBounds, default: 604_800))
        grantSchedule = GrantSchedule(
            unstartedLife: TimeInterval(
                reader.integer("HEARTH_UNSTARTED_GRANT_LIFETIME", in: 86_400...7_776_000, default: 2_592_000)))
        retention = RetentionSettings(&reader)
        auditRetention = TimeInterval(86_400 * reader.integer("HEARTH_AUDIT_DAYS", in: 30...3_650, default: 400))
        killAt = Self.killAt(&reader, isDevelopment: isDevelopment)
        statements = Self.statements(&reader, isDevelopment: isDevelopment)
        let ring = Self.keyRing(&reader)
        guard let ring, reader.problems.isEmpty else { throw SettingsProblem(problems: reader.problems) }
        keyRing = ring
    }

    private static func microsoftSecret(_ reader: inout SettingsReader) -> OperatorSecret {
        let name = "HEARTH_MICROSOFT_CLIENT_SECRET"
        let end = reader.watched("HEARTH_MICROSOFT_SECRET_EXPIRES")
        if let end, OperatorSecret.date(end.text) == nil {
            reader.problem("HEARTH_MICROSOFT_SECRET_EXPIRES", "must be a date such as 2027-03-31, or an RFC 3339 time")
        }
        guard let secret = reader.watched(name) else {
            _ = reader.required(name)
            return OperatorSecret(text: WatchedValue(""), end: end)
        }
        return OperatorSecret(text: secret, end: end)
    }

    /// Tenant names that stand for the accounts of several directories.
    private static let openTenants = ["common", "organizations", "consumers"]

    /// If the service is for a single organisation, its directory is also the application's home by default.
    private static func homeTenant(of tenant: String, _ reader: inout SettingsReader) -> String? {
        reader.directory("HEARTH_MICROSOFT_HOME_TENANT") ?? (openTenants.contains(tenant) ? nil : tenant)
    }

    private static func keyRing(_ reader: inout SettingsReader) -> KeyRing? {
        let text = reader.required("HEARTH_ENCRYPTION_KEYS")
        guard !text.isEmpty else { return nil }
        do {
            return try KeyRing(text)
        } catch {
            reader.problem("HEARTH_ENCRYPTION_KEYS", error.words)
            return nil
        }
    }

    private static func pooler(_ reader: inout SettingsReader) -> Bool {
        switch reader.text("HEARTH_DATABASE_POOLER") {
        case nil, "none": return false
        case "transaction": return true
        default:
            reader.problem("HEARTH_DATABASE_POOLER", "must be none or transaction")
            return false
        }
    }

    private static func listen(_ name: String, default standard: String, _ reader: inout SettingsReader) -> BindAddress
    {
        let text = reader.text(name) ?? standard
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            let host = Self.host(text[..<colon])
        else {
            reader.problem(name, "must be HOST:PORT, with an IPv6 address in brackets")
            return .hostname("127.0.0.1", port: 0)
        }
        return .hostname(host, port: Int(port))
    }

    private static func host(_ name: String, default standard: String, _ reader: inout SettingsReader) -> String {
        let text = reader.text(name) ?? standard
        return text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    }

    /// Returns the host without brackets; nil if it is empty or an IPv6 address without brackets.
    private static func host(_ text: Substring) -> String? {
        if text.hasPrefix("["), text.hasSuffix("]") { return String(text.dropFirst().dropLast()) }
        return text.isEmpty || text.contains(":") ? nil : String(text)
    }

    private static func dnsServer(_ reader: inout SettingsReader) -> DNSResolver.Server? {
        guard let text = reader.text("HEARTH_DNS_SERVER") else { return nil }
        let server = DNSResolver.Server(text)
        if server == nil { reader.problem("HEARTH_DNS_SERVER", "must be an IPv4 address, with a port if it is not 53") }
        return server
    }

    private static func operatorToken(_ reader: inout SettingsReader) -> String? {
        guard let token = reader.text("HEARTH_OPERATOR_TOKEN") else { return nil }
        if token.utf8.count < 32 {
            reader.problem(
                "HEARTH_OPERATOR_TOKEN", "must have at least 32 characters; make one with: openssl rand -hex 32")
        }
        return token
    }

    private static func tls(_ reader: inout SettingsReader) -> TLSFiles? {
        let certificate = reader.text("HEARTH_TLS_CERTIFICATE")
        let key = reader.text("HEARTH_TLS_KEY")
        switch (certificate, key) {
        case (let certificate?, let key?): return TLSFiles(certificate: certificate, key: key)
        case (nil, nil): return nil
        default:
            reader.problem("HEARTH_TLS_CERTIFICATE", "and HEARTH_TLS_KEY must be set together")
            return nil
        }
    }

    private static func trustedProxies(_ reader: inout SettingsReader) -> [CIDR] {
        let name = "HEARTH_TRUSTED_PROXIES"
        let networks = networks(name, &reader)
        // `ClientAddress` converts IPv4-mapped IPv6 addresses to IPv4, so such a network would never match.
        for network in networks where network.isEmbeddedV4 {
            reader.problem(name, "names \(network): write IPv4 networks in IPv4 notation, such as 10.0.0.0/8")
        }
        return networks
    }

    private static func networks(_ name: String, _ reader: inout SettingsReader) -> [CIDR] {
        (reader.text(name) ?? "").split(separator: ",").compactMap { part in
            let text = part.trimmingCharacters(in: .whitespaces)
            guard let network = CIDR(text) else {
                reader.problem(name, "names \(text), which is not a network such as 10.0.0.0/8")
                return nil
            }
            return network
        }
    }

    private static func statements(_ reader: inout SettingsReader, isDevelopment: Bool) -> StatementRecord? {
        guard let path = reader.text("HEARTH_SQL_RECORD") else { return nil }
        guard isDevelopment, let record = StatementRecord(path: path) else {
            reader.problem("HEARTH_SQL_RECORD", "is for tests in development mode, and must name a writable file")
            return nil
        }
        return record
    }

    private static func killAt(_ reader: inout SettingsReader, isDevelopment: Bool) -> (
        checkpoint: Checkpoint, passage: Int
    )? {
        guard let text = reader.text("HEARTH_KILL_AT") else { return nil }
        let parts = text.split(separator: ":")
        guard isDevelopment, parts.count == 2, let checkpoint = Checkpoint(rawValue: String(parts[0])),
            let passage = Int(parts[1]), passage > 0
        else {
            reader.problem("HEARTH_KILL_AT", "is for tests in development mode, and must be <point>:<passage>")
            return nil
        }
        return (checkpoint, passage)
    }
}
