/// A statement: text with placeholders, and the values bound to them.
///
/// Written as a string literal in which every `\(value)` becomes a bound parameter, never text. The text at a call site is
/// constant, so each connection prepares it once.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The text before, between and after the placeholders. They are not numbered yet, so that a statement can be embedded
    /// in another.
    let pieces: [String]
    package let parameters: [Parameter]

    package init(stringLiteral value: String) {
        pieces = [value]
        parameters = []
    }

    package init(stringInterpolation: StringInterpolation) {
        pieces = stringInterpolation.pieces
        parameters = stringInterpolation.parameters
    }

    /// The text sent to the server, with placeholders numbered from `$1`.
    package var text: String {
        pieces.dropFirst().enumerated().reduce(into: pieces[0]) { text, next in
            text += "$\(next.offset + 1)\(next.element)"
        }
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        /// Always has one more element than `parameters`.
        fileprivate var pieces = [""]
        fileprivate var parameters: [Parameter] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            // An embedded statement adds several values at one interpolation. Growing later costs more than the room.
            pieces.reserveCapacity(2 * interpolationCount + 1)
            parameters.reserveCapacity(2 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) {
            pieces[pieces.count - 1] += literal
        }

        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            bind(value.parameter)
        }

        /// Binds nil as NULL of the value's type.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            bind(value?.parameter ?? Parameter(type: Value.postgresType, value: .null))
        }

        /// Inserts a constant fragment, such as a column list that several statements share. Never pass external input.
        package mutating func appendInterpolation(unescaped fragment: String) {
            appendLiteral(fragment)
        }

        /// Embeds another statement.
        package mutating func appendInterpolation(_ part: SQL) {
            appendLiteral(part.pieces[0])
            pieces += part.pieces.dropFirst()
            parameters += part.parameters
        }

        private mutating func bind(_ parameter: Parameter) {
            parameters.append(parameter)
            pieces.append("")
        }
    }
}
