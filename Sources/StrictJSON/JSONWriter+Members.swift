/// Members: a name and a value in one call. Nil is written as `null`.
extension JSONWriter {
    package mutating func member(_ name: String, _ value: String) {
        self.name(name)
        self.value(value)
    }

    package mutating func member(_ name: String, _ value: Int) {
        self.name(name)
        self.value(value)
    }

    package mutating func member(_ name: String, _ value: Int64) {
        self.name(name)
        self.value(value)
    }

    package mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        self.value(value)
    }

    package mutating func member(_ name: String, _ value: Double) {
        self.name(name)
        self.value(value)
    }

    package mutating func member(_ name: String, _ value: JSONValue) {
        self.name(name)
        self.value(value)
    }

    package mutating func member(_ name: String, _ value: String?) {
        if let value { member(name, value) } else { null(name) }
    }

    package mutating func member(_ name: String, _ value: Int?) {
        if let value { member(name, value) } else { null(name) }
    }

    package mutating func member(_ name: String, _ value: Int64?) {
        if let value { member(name, value) } else { null(name) }
    }

    package mutating func member(_ name: String, _ value: Bool?) {
        if let value { member(name, value) } else { null(name) }
    }

    package mutating func member(_ name: String, _ value: Double?) {
        if let value { member(name, value) } else { null(name) }
    }

    /// Writes a member whose value is already JSON, unchanged. The caller guarantees that it is valid.
    package mutating func member(_ name: String, raw text: String) {
        self.name(name)
        self.value(raw: text)
    }

    /// Writes a member whose value is already JSON, unchanged. The caller guarantees that it is valid.
    package mutating func member(_ name: String, raw json: [UInt8]) {
        self.name(name)
        self.value(raw: json)
    }

    /// Writes a member that is `null`.
    package mutating func null(_ name: String) {
        self.name(name)
        self.null()
    }

    /// Writes a member that is an object.
    package mutating func object<Failure: Error>(
        _ name: String, _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.name(name)
        try object(body)
    }

    /// Writes a member that is an array.
    package mutating func array<Failure: Error>(
        _ name: String, _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.name(name)
        try array(body)
    }
}
