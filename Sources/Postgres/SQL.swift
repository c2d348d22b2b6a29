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
            if parameters.isEmpty || part.parameters.isEmpty {
                text += part.text
            } else {
                appendRenumbered(part.text)
            }
            parameters += part.parameters
        }

        /// Byte by byte: walking over characters would take longer than all else that a write does here.
        private mutating func appendRenumbered(_ part: String) {
            let bytes = Array(part.utf8)
            var renumbered: [UInt8] = []
            renumbered.reserveCapacity(bytes.count + 64)
            var position = 0
            while position < bytes.count {
                let byte = bytes[position]
                renumbered.append(byte)
                position += 1
                guard byte == UInt8(ascii: "$") else { continue }
                let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                guard !digits.isEmpty else { continue }
                let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
                renumbered += String(number + parameters.count).utf8
                position = digits.endIndex
            }
            text += String(decoding: renumbered, as: UTF8.self)
        }

        private mutating func bind(_ parameter: Parameter) {
            parameters.append(parameter)
            text += "$\(parameters.count)"
        }
    }
}
