/// Writes compact JSON into a byte array, without intermediate strings.
///
/// It takes care of commas, quotes and escapes, so the result is valid JSON if `member` is used in objects and `value` in
/// arrays (asserted in debug builds), and raw text is itself valid JSON.
///
/// ```swift
/// var writer = JSONWriter()
/// writer.object {
///     $0.member("id", 17)
///     $0.array("tags") { $0.value("new") }
/// }
/// ```
package struct JSONWriter: Sendable {
    /// The bytes written so far.
    package private(set) var bytes: [UInt8] = []
    /// Whether the open container already has a member or element.
    private var needsComma = false
    /// Whether the innermost open container is an object whose next item must be a member.
    private var expectsMember = false
    /// Whether a member's name was written and its value is still missing.
    private var isAfterName = false

    package init(reservingCapacity capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    /// The text written so far.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Returns the JSON text of a value.
    package static func bytes(of value: JSONValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(value)
        return writer.bytes
    }

    /// Writes an object; `body` adds its members. If it throws, the writer must not be used any more.
    package mutating func object<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try container(UInt8(ascii: "{"), UInt8(ascii: "}"), ofMembers: true, body)
    }

    /// Writes an array; `body` adds its elements. If it throws, the writer must not be used any more.
    package mutating func array<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try container(UInt8(ascii: "["), UInt8(ascii: "]"), ofMembers: false, body)
    }

    package mutating func value(_ value: String) {
        beginValue()
        appendQuoted(value)
    }

    package mutating func value(_ value: Int) {
        beginValue()
        appendDigits(of: Int64(value))
    }

    package mutating func value(_ value: Int64) {
        beginValue()
        appendDigits(of: value)
    }

    package mutating func value(_ value: Bool) {
        beginValue()
        appendASCII(value ? "true" : "false")
    }

    /// Writes a number. Infinities and NaN do not exist in JSON and are written as `null`.
    package mutating func value(_ value: Double) {
        beginValue()
        if value.isFinite {
            bytes.append(contentsOf: value.description.utf8)
        } else {
            appendASCII("null")
        }
    }

    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): self.value(value)
        case .integer(let value): self.value(value)
        case .double(let value): self.value(value)
        case .string(let value): self.value(value)
        case .array(let elements):
            array { writer in
                for element in elements { writer.value(element) }
            }
        case .object(let object):
            self.object { writer in
                for member in object.members { writer.member(member.name, member.value) }
            }
        }
    }

    package mutating func null() {
        beginValue()
        appendASCII("null")
    }

    /// Writes text that is already JSON, unchanged. The caller guarantees that it is valid.
    package mutating func value(raw text: String) {
        beginValue()
        bytes.append(contentsOf: text.utf8)
    }

    /// Writes bytes that are already JSON, unchanged. The caller guarantees that they are valid.
    package mutating func value(raw json: [UInt8]) {
        beginValue()
        bytes.append(contentsOf: json)
    }

    /// Writes the name of a member; its value must follow.
    package mutating func name(_ name: String) {
        assert(expectsMember, "a member outside an object, or a name without a value")
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
        expectsMember = false
        isAfterName = true
    }

    private mutating func beginValue() {
        assert(!expectsMember, "a value without a name in an object")
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
        if isAfterName {
            isAfterName = false
            expectsMember = true
        }
    }

    private mutating func container<Failure: Error>(
        _ opening: UInt8, _ closing: UInt8, ofMembers: Bool, _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        beginValue()
        let outerExpectsMember = expectsMember
        bytes.append(opening)
        needsComma = false
        expectsMember = ofMembers
        try body(&self)
        assert(!isAfterName, "a name without a value")
        bytes.append(closing)
        needsComma = true
        expectsMember = outerExpectsMember
    }

    private mutating func appendASCII(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func appendDigits(of value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = value.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { Self.append($0, escapedTo: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }
}
