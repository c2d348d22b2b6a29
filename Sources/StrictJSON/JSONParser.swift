import CJansson

/// Parses untrusted JSON: one object or array in valid UTF-8, with no duplicate names, no NUL and nothing after it.
///
/// jansson does the parsing (RFC 8259). Our own checks for depth and NUL bytes run first, so that hostile nesting never
/// reaches a recursive function.
package struct JSONParser: Sendable {
    /// The maximum nesting depth of arrays and objects; the root counts as 1.
    package let maximumDepth: Int

    package init(maximumDepth: Int = 32) {
        self.maximumDepth = maximumDepth
        Self.seeded
    }

    /// jansson seeds its hash function on first use, which would race between threads (jansson: "Thread safety").
    private static let seeded: Void = json_object_seed(0)

    /// Parses one JSON text.
    package func parse(_ bytes: some Collection<UInt8>) throws(JSONSyntaxError) -> JSONDocument {
        let source = [UInt8](bytes)
        let outcome = source.withUnsafeBytes { buffer in
            Result { () throws(JSONSyntaxError) in
                try check(buffer)
                return try load(buffer)
            }
        }
        return JSONDocument(value: try outcome.get(), source: source)
    }

    /// Rejects input that jansson must not see: empty text, NUL bytes, deep nesting.
    ///
    /// Up to the first syntax error this scan and jansson agree on where strings begin and end, and jansson stops there,
    /// so it never recurses deeper than the depth counted here.
    private func check(_ buffer: UnsafeRawBufferPointer) throws(JSONSyntaxError) {
        var depth = 0
        var isEmpty = true
        var isInString = false
        var isEscaped = false
        for (position, byte) in buffer.enumerated() {
            if byte == 0 {
                throw JSONSyntaxError(.nulCharacter, at: position, in: buffer)
            }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                continue
            case UInt8(ascii: "\""):
                isInString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth > maximumDepth {
                    throw JSONSyntaxError(.tooDeep, at: position, in: buffer)
                }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
            default:
                break
            }
            isEmpty = false
        }
        if isEmpty {
            throw JSONSyntaxError(.empty, at: buffer.count, in: buffer)
        }
    }

    private func load(_ buffer: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> JSONValue {
        var failure = json_error_t()
        let characters = buffer.assumingMemoryBound(to: CChar.self)
        // No JSON_DECODE_ANY, JSON_ALLOW_NUL or JSON_DISABLE_EOF_CHECK: each would weaken a guarantee of this type.
        let root = json_loadb(characters.baseAddress, characters.count, Int(JSON_REJECT_DUPLICATES), &failure)
        guard let root else {
            throw JSONSyntaxError(.init(json_error_code(&failure)), at: Int(failure.position), in: buffer)
        }
        defer { json_decref(root) }
        return JSONValue(reading: root)
    }
}

extension JSONSyntaxError.Reason {
    /// Maps jansson's error codes. Its own messages quote the input and are not used.
    init(_ code: json_error_code) {
        self =
            switch code {
            case json_error_duplicate_key: .duplicateKey
            case json_error_end_of_input_expected: .trailingBytes
            case json_error_invalid_utf8: .invalidUTF8
            case json_error_null_character, json_error_null_byte_in_key: .nulCharacter
            case json_error_numeric_overflow: .numberTooLarge
            case json_error_stack_overflow: .tooDeep
            default: .notJSON
            }
    }
}
