/// A statement: text with placeholders, and the values bound to them.
///
/// Written as a string literal; every `\(value)` becomes a bound parameter, never text. The text of a call site is
/// constant, so that each connection prepares it once.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    package private(set) var text: String
    package private(set) var parameters: [Parameter]

    package init(stringLiteral value: String) {
        text = value
        parameters = []
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        parameters = stringInterpolation.parameters
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var parameters: [Parameter] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 3)
            parameters.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) {
            text += literal
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
            text += fragment
        }

        /// Another statement as a part of this one, its placeholders renumbered. A part that binds something must not
        /// have `$` and digits inside a quoted text, which cannot be told from a placeholder here.
        package mutating func appendInterpolation(_ part: SQL) {
            guard !part.parameters.isEmpty else {
                text += part.text
                return
            }
            let pieces = part.text.split(separator: "$", omittingEmptySubsequences: false)
            text += pieces[0]
            for piece in pieces.dropFirst() {
                let digits = piece.prefix { $0.isASCII && $0.isNumber }
                let number = Int(digits).map { String($0 + parameters.count) } ?? ""
                text += "$" + number + piece.dropFirst(digits.count)
            }
            parameters += part.parameters
        }

        private mutating func bind(_ parameter: Parameter) {
            parameters.append(parameter)
            text += "$\(parameters.count)"
        }
    }
}
