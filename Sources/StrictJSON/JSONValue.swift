/// A JSON value exactly as parsed, without conversions.
///
/// Strings are valid UTF-8 without NUL. A number without fraction and exponent is an `integer`; `384.0` and `4e2` are
/// `double` (see ``asInteger``).
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// The largest magnitude up to which every integer has its own double (2^53).
    private static let exactDoubleLimit = 9_007_199_254_740_992.0

    /// The value as an integer: an `integer`, or a `double` that is integral, such as `384.0`.
    ///
    /// Doubles beyond 2^53 are excluded: several integers share such a double, so it does not say which was meant.
    package var asInteger: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value) where value.magnitude <= Self.exactDoubleLimit: Int64(exactly: value)
        default: nil
        }
    }

    /// The value as a double, if it is a number of either kind.
    package var asDouble: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The text, if the value is a string.
    package var asString: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The truth value, if the value is `true` or `false`.
    package var asBool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements, if the value is an array.
    package var asArray: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members, if the value is an object.
    package var asObject: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Whether the value is `null`.
    package var isNull: Bool {
        self == .null
    }
}
