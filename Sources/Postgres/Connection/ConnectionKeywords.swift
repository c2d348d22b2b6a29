import CLibPQ

/// Keywords and values for `PQconnectdbParams`.
///
/// Later keywords override earlier ones and the URI, which is expanded at the position of `dbname` (libpq, "Database
/// Connection Control Functions"). So defaults that the operator may override come before it, and what our code relies on
/// after it.
struct ConnectionKeywords {
    private(set) var pairs: [(name: String, value: String)]

    /// - Parameter sessionOptions: server settings of the session, added to those of the URI.
    init(_ settings: DatabaseSettings, sessionOptions: [(name: String, value: String)]) {
        pairs = [
            ("connect_timeout", "5"),
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"),
            ("dbname", settings.uri),
            ("client_encoding", "UTF8"),
            ("fallback_application_name", settings.applicationName),
        ]
        if !sessionOptions.isEmpty {
            let ours = sessionOptions.map { "-c \($0.name)=\($0.value)" }
            let theirs = Self.value(of: "options", in: settings.uri)
            pairs.append(("options", ([theirs].compactMap(\.self) + ours).joined(separator: " ")))
        }
    }

    /// The keywords for the client's own connections. A pooler rejects options at start-up, so none are sent to it.
    static func client(_ settings: DatabaseSettings) -> ConnectionKeywords {
        guard settings.pooler == .none else { return ConnectionKeywords(settings, sessionOptions: []) }
        return ConnectionKeywords(
            settings,
            sessionOptions: [
                ("TimeZone", "UTC"), ("DateStyle", "ISO"),
                ("statement_timeout", "\(settings.statementTimeout.milliseconds)"),
                ("lock_timeout", "\(settings.lockTimeout.milliseconds)"),
                ("idle_in_transaction_session_timeout", "\(settings.idleInTransactionTimeout.milliseconds)"),
            ])
    }

    /// - Throws: `DatabaseError.malformedURI`.
    static func validate(_ uri: String) throws(DatabaseError) {
        guard let options = PQconninfoParse(uri, nil) else { throw .malformedURI }
        PQconninfoFree(options)
    }

    static func value(of keyword: String, in uri: String) -> String? {
        guard let options = PQconninfoParse(uri, nil) else { return nil }
        defer { PQconninfoFree(options) }
        var option = options
        while let name = option.pointee.keyword {
            if String(cString: name) == keyword { return option.pointee.val.map { String(cString: $0) } }
            option += 1
        }
        return nil
    }
}
