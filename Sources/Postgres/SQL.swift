/// A statement: text with placeholders, and the values bound to them.
///
/// Written as a string literal; every `\(value)` becomes a bound parameter, never text. The text of a call site is
/// constant, so that each connection prepares it once.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The text before, between and behind the placeholders. They have no numbers yet, so that a statement can be part of
    /// another one.
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

    /// As the server reads it, its placeholders numbered from `$1`.
    package var text: String {
        pieces.dropFirst().enumerated().reduce(into: pieces[0]) { text, next in
            text += "$\(next.offset + 1)\(next.element)"
        }
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        /// Always one more than parameters.
        fileprivate var pieces = [""]
        fileprivate var parameters: [Parameter] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(interpolationCount + 1)
            parameters.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) {
            pieces[pieces.count - 1] += literal
        }

        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            bind(value.parameter)
        }

        /// Nil is bound as NULL, of the type that a value would have had.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            bind(value?.parameter ?? Parameter(type: Value.postgresType, value: .null))
        }

        /// A constant fragment, such as a column list that several statements share. Never anything that came from outside.
        package mutating func appendInterpolation(unescaped fragment: String) {
            appendLiteral(fragment)
        }

        /// Another statement as a part of this one.
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
