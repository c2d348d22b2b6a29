package import Foundation
package import StrictJSON

/// The claims of a token or of a userinfo response, read strictly: a claim of the wrong type or out of range is an error,
/// never replaced by a default. A claim that is null counts as absent (OpenID Connect Core 1.0, section 5.3.2).
package struct TokenClaims: Sendable {
    private let object: JSONObject

    /// The tolerated clock difference in seconds.
    private static let leeway: TimeInterval = 300
    /// Valid times in seconds since 1970, up to the year 9999, the limit of the calendars in use.
    private static let times = 0.0...253_402_300_799
    private static let mostAudiences = 100

    package init(_ object: JSONObject) {
        self.object = object
    }

    /// The raw value of a claim; nil if it is absent or null.
    package subscript(name: String) -> JSONValue? { object[name].flatMap { $0.isNull ? nil : $0 } }

    /// - Parameter longest: the maximum length in bytes.
    package func text(_ name: String, longest: Int = 2_048) throws(TokenProblem) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.asString, (1...longest).contains(text.utf8.count) else { throw .claim(name) }
        return text
    }

    package func requiredText(_ name: String, longest: Int = 2_048) throws(TokenProblem) -> String {
        guard let text = try text(name, longest: longest) else { throw .claim(name) }
        return text
    }

    package func integer(_ name: String, in range: ClosedRange<Int64>) throws(TokenProblem) -> Int64? {
        guard let value = self[name] else { return nil }
        guard let number = value.asInteger, range.contains(number) else { throw .claim(name) }
        return number
    }

    /// Returns `aud`, which is a string or a non-empty array of strings (RFC 7519, section 4.1.3).
    package func audiences() throws(TokenProblem) -> [String] {
        let values = self["aud"].map { $0.asArray ?? [$0] } ?? []
        let texts = values.compactMap(\.asString)
        guard (1...Self.mostAudiences).contains(values.count), texts.count == values.count else { throw .claim("aud") }
        return texts
    }

    /// Checks that the token has not expired (`exp`, which is required) and is already valid (`nbf`).
    package func check(at now: Date) throws(TokenProblem) {
        let now = now.timeIntervalSince1970
        guard let end = try time("exp"), end > now - Self.leeway else { throw .claim("exp") }
        if let start = try time("nbf"), start > now + Self.leeway { throw .claim("nbf") }
    }

    /// A NumericDate: seconds since 1970, possibly with a fraction (RFC 7519, section 2).
    private func time(_ name: String) throws(TokenProblem) -> TimeInterval? {
        guard let value = self[name] else { return nil }
        guard let seconds = value.asDouble, Self.times.contains(seconds) else { throw .claim(name) }
        return seconds
    }
}
