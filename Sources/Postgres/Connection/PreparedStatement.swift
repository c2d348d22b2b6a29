/// A statement as one connection knows it. It belongs to that connection's thread.
final class PreparedStatement {
    /// Its name on the server; empty for the unnamed statement.
    let name: String
    let pieces: [String]
    let types: [UInt32]
    /// Known from its first rows on.
    var columns: ColumnNames?
    /// When it was last used, counted in the connection's statements.
    var lastUse = 0

    init(name: String, _ sql: SQL) {
        self.name = name
        pieces = sql.pieces
        types = sql.parameters.map(\.type.oid)
    }

    /// Whether `sql`, of the same text, binds values of the same types. A binary value under another type would be
    /// misread.
    func fits(_ sql: SQL) -> Bool {
        guard sql.parameters.count == types.count else { return false }
        for (parameter, type) in zip(sql.parameters, types) where parameter.type.oid != type { return false }
        return true
    }
}
