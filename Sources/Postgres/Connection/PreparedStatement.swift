/// A statement prepared on one connection. It belongs to that connection's thread.
final class PreparedStatement {
    /// Its name on the server; empty for the unnamed statement.
    let name: String
    let pieces: [String]
    let types: [UInt32]
    /// Set when its first rows arrive.
    var columns: ColumnNames?
    /// When it was last used, as a count of the connection's statements.
    var lastUse = 0

    init(name: String, _ sql: SQL) {
        self.name = name
        pieces = sql.pieces
        types = sql.parameters.map(\.type.oid)
    }

    /// Whether `sql`, which has the same text, binds values of the same types. A binary value would be misread as
    /// another type.
    func fits(_ sql: SQL) -> Bool {
        guard sql.parameters.count == types.count else { return false }
        for (parameter, type) in zip(sql.parameters, types) where parameter.type.oid != type { return false }
        return true
    }
}
