/// The text form of arrays (PostgreSQL manual 8.15.6).
enum ArrayText {
    /// Every element is quoted, so that commas, braces, white space and the word NULL need no further thought.
    static func quote(_ element: String) -> String {
        var quoted = "\""
        for scalar in element.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// The elements of a one-dimensional array; nil for text that is none, or has a NULL.
    static func elements(_ bytes: UnsafeRawBufferPointer) -> [String]? {
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "{"), bytes[bytes.count - 1] == UInt8(ascii: "}") else {
            return nil
        }
        var elements: [String] = []
        var current: [UInt8] = []
        var wasQuoted = false
        var isQuoted = false
        var index = 1
        let end = bytes.count - 1
        func finish() -> Bool {
            if !wasQuoted, current.isEmpty || current == Array("NULL".utf8) { return false }
            elements.append(String(decoding: current, as: UTF8.self))
            current.removeAll(keepingCapacity: true)
            wasQuoted = false
            return true
        }
        if index == end { return [] }
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\\"), index + 1 < end {
                index += 1
                current.append(bytes[index])
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
                wasQuoted = true
            } else if byte == UInt8(ascii: ","), !isQuoted {
                guard finish() else { return nil }
            } else {
                current.append(byte)
            }
            index += 1
        }
        return finish() ? elements : nil
    }
}
