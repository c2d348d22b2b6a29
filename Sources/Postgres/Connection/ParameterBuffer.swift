/// Converts parameters into the form that libpq reads. Each connection reuses its buffers for every statement.
struct ParameterBuffer {
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []
    private var pointers: [UnsafePointer<CChar>?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// Lends count, values, lengths and formats, as `PQsendQueryPrepared` expects them, for the duration of `body`.
    mutating func lend<Result>(
        _ parameters: [Parameter],
        to body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Result
    ) -> Result {
        fill(parameters)
        return bytes.withUnsafeBytes { bytes in
            let base = bytes.bindMemory(to: CChar.self).baseAddress
            for offset in offsets { pointers.append(offset.flatMap { offset in base.map { $0 + offset } }) }
            return body(Int32(parameters.count), pointers, lengths, formats)
        }
    }

    private mutating func fill(_ parameters: [Parameter]) {
        bytes.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        pointers.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        for parameter in parameters {
            let start = bytes.count
            switch parameter.value {
            case .null:
                offsets.append(nil)
                formats.append(0)
            case .text(let text):
                offsets.append(start)
                formats.append(0)
                bytes.append(contentsOf: text.utf8)
            case .binary(let binary):
                offsets.append(start)
                formats.append(1)
                bytes.append(contentsOf: binary)
            }
            lengths.append(Int32(clamping: bytes.count - start))
            // Terminates a text, and gives an empty value an address, because libpq treats a null pointer as NULL.
            bytes.append(0)
        }
    }
}

extension SQL {
    /// The reason why the protocol cannot carry this statement, checked before anything is sent.
    var defect: DatabaseError? {
        if parameters.count > Int(UInt16.max) { return .tooManyParameters }
        let hasNUL = parameters.contains { parameter in
            // The text form ends at its first NUL: the value would be silently truncated.
            if case .text(let text) = parameter.value { text.utf8.contains(0) } else { false }
        }
        return hasNUL ? .nulInText : nil
    }
}
