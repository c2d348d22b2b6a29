/// Parameters in the form that libpq reads: one buffer for all values, and pointers into it.
final class BoundParameters {
    let count: Int32
    let values: UnsafeMutablePointer<UnsafePointer<CChar>?>
    let lengths: UnsafeMutablePointer<Int32>
    let formats: UnsafeMutablePointer<Int32>
    private let bytes: UnsafeMutablePointer<CChar>

    init(_ parameters: [Parameter]) {
        count = Int32(parameters.count)
        let slots = max(parameters.count, 1)
        values = .allocate(capacity: slots)
        lengths = .allocate(capacity: slots)
        formats = .allocate(capacity: slots)
        bytes = .allocate(capacity: parameters.reduce(1) { $0 + $1.value.size + 1 })
        var offset = 0
        for (index, parameter) in parameters.enumerated() {
            let start = bytes + offset
            switch parameter.value {
            case .null: values[index] = nil
            case .text(let text):
                for byte in text.utf8 {
                    bytes[offset] = CChar(bitPattern: byte)
                    offset += 1
                }
                bytes[offset] = 0
                offset += 1
                values[index] = UnsafePointer(start)
            case .binary(let binary):
                for byte in binary {
                    bytes[offset] = CChar(bitPattern: byte)
                    offset += 1
                }
                values[index] = UnsafePointer(start)
            }
            lengths[index] = Int32(bytes + offset - start)
            if case .binary = parameter.value { formats[index] = 1 } else { formats[index] = 0 }
        }
    }

    deinit {
        values.deallocate()
        lengths.deallocate()
        formats.deallocate()
        bytes.deallocate()
    }
}

extension Parameter.Value {
    fileprivate var size: Int {
        switch self {
        case .null: 0
        case .text(let text): text.utf8.count
        case .binary(let bytes): bytes.count
        }
    }
}

extension SQL {
    /// A text value with U+0000 would be cut there in silence, because the text form is a C string.
    var hasNUL: Bool {
        parameters.contains { parameter in
            if case .text(let text) = parameter.value { text.utf8.contains(0) } else { false }
        }
    }
}

/// C strings and a final NULL, as `PQconnectdbParams` wants them.
final class CStringArray {
    let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() {
            let bytes = Array(string.utf8CString)
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            copy.initialize(from: bytes, count: bytes.count)
            pointers[index] = UnsafePointer(copy)
        }
        pointers[count] = nil
    }

    deinit {
        for index in 0..<count { pointers[index]?.deallocate() }
        pointers.deallocate()
    }
}
