package import HearthRules
package import Postgres

/// Parts of the statements that make a move. States are literals, not parameters: PostgreSQL picks a partial index by the
/// text of a statement alone.
extension StateMachine {
    /// The state to go to.
    package var target: SQL { "'\(unescaped: move.to.rawValue)'" }

    /// Whether the move is allowed from the state in a column.
    package func isAllowed(from column: String = "status") -> SQL {
        let states = move.from.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return "\(unescaped: column) IN (\(unescaped: states))"
    }
}
