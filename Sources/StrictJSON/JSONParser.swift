import CJansson

/// Reads untrusted JSON: one object or array, valid UTF-8, no duplicate names, no NUL, nothing behind it.
///
/// jansson does the reading (RFC 8259); the depth bound and the refusal of NUL bytes are ours and come first, so that
/// hostile nesting never reaches a recursive function.
package struct JSONParser: Sendable {
    /// How deep arrays and objects may be nested; the root counts as 1.
    package let maximumDepth: Int

    package init(maximumDepth: Int = 32) {
        self.maximumDepth = maximumDepth
        Self.seeded
    }

    /// jansson seeds its hash function on first use, which would race between threads (jansson: "Thread safety").
    private static let seeded: Void = json_object_seed(0)

    /// Reads one JSON text.
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

    /// Looks for what must be refused before jansson sees it: nothing at all, NUL bytes, deep nesting.
    ///
    /// Up to the first syntax error this scan and jansson agree on where strings begin and end, and jansson stops there,
    /// so its recursion is never deeper than what was counted here.
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
        // No JSON_DECODE_ANY, JSON_ALLOW_NUL or JSON_DISABLE_EOF_CHECK: each would loosen what this type promises.
        let root = json_loadb(characters.baseAddress, characters.count, Int(JSON_REJECT_DUPLICATES), &failure)
        guard let root else {
            throw JSONSyntaxError(.init(json_error_code(&failure)), at: Int(failure.position), in: buffer)
        }
        defer { json_decref(root) }
        return JSONValue(reading: root)
    }
}

extension JSONSyntaxError.Reason {
    /// jansson's error codes in our words. Its texts quote the input and are not used.
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
