/// A value to send to the server.
public struct Parameter: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case null
        /// The text form of the type.
        case text(String)
        /// The binary form of the type.
        case binary([UInt8])
    }

    public let type: PostgresType
    public let value: Value

    package init(type: PostgresType, value: Value) {
        self.type = type
        self.value = value
    }
}

/// The object id of a built-in type, which never changes (catalogue `pg_type`).
public struct PostgresType: Sendable, Equatable {
    public let oid: UInt32

    package static let bool = Self(oid: 16)
    package static let bytea = Self(oid: 17)
    package static let int8 = Self(oid: 20)
    package static let int4 = Self(oid: 23)
    package static let text = Self(oid: 25)
    package static let json = Self(oid: 114)
    package static let float8 = Self(oid: 701)
    package static let int8Array = Self(oid: 1016)
    package static let textArray = Self(oid: 1009)
    package static let timestamptz = Self(oid: 1184)
    package static let timestamptzArray = Self(oid: 1185)
    package static let uuid = Self(oid: 2950)
}
