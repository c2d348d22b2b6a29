import CLibPQ

/// A parsed libpq connection string, either a URI or keywords and values.
package struct ConnectionString: Sendable {
    private let options: [(keyword: String, variable: String?, value: String)]

    /// - Throws: `DatabaseError.malformedURI`.
    package init(_ text: String) throws(DatabaseError) {
        guard let parsed = PQconninfoParse(text, nil) else { throw .malformedURI }
        defer { PQconninfoFree(parsed) }
        var options: [(keyword: String, variable: String?, value: String)] = []
        var option = parsed
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                options.append(
                    (
                        String(cString: keyword), option.pointee.envvar.map { String(cString: $0) },
                        String(cString: value)
                    ))
            }
            option += 1
        }
        self.options = options
    }

    /// The database name, if the string has one.
    package var database: String? { options.first { $0.keyword == "dbname" }?.value }

    /// The environment variables with which libpq's programs connect to the same place (libpq, "Environment Variables").
    /// A password passed this way does not appear in the process list.
    package var environment: [String: String] {
        var variables: [String: String] = [:]
        for option in options {
            if let variable = option.variable { variables[variable] = option.value }
        }
        return variables
    }

    /// Returns a connection string, as keywords and values, for another database on the same connection.
    package func naming(database: String) -> String {
        let others = options.filter { $0.keyword != "dbname" }.map { ($0.keyword, $0.value) }
        return (others + [("dbname", database)]).map { "\($0)='\(Self.quoted($1))'" }.joined(separator: " ")
    }

    private static func quoted(_ value: String) -> String {
        String(value.flatMap { "'\\".contains($0) ? ["\\", $0] : [$0] })
    }
}
