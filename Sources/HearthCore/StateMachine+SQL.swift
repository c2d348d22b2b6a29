package import HearthRules
package import Postgres

/// SQL fragments for moves. States are literals rather than parameters, because PostgreSQL chooses a partial index by the text
/// of a statement alone.
extension StateMachine {
    /// The state that the move leads to, as a literal.
    package var target: SQL { "'\(unescaped: move.to.rawValue)'" }

    /// Returns the condition that the move is allowed from the state in a column.
    package func isAllowed(from column: String = "status") -> SQL {
        let states = move.from.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return "\(unescaped: column) IN (\(unescaped: states))"
    }
}
