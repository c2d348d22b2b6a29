package import Foundation
package import StrictJSON

/// The claims of a token or of a userinfo answer, read strictly: a claim of another type, or out of its bounds, is a
/// refusal and never a default. A claim that is null counts as absent (OpenID Connect Core 1.0, section 5.3.2).
package struct TokenClaims: Sendable {
    private let object: JSONObject

    /// Seconds by which clocks may differ.
    private static let leeway: TimeInterval = 300
    /// Seconds since 1970; up to the year 9999. No calendar that we use goes further.
    private static let times = 0.0...253_402_300_799
    private static let mostAudiences = 100

    package init(_ object: JSONObject) {
        self.object = object
    }

    /// The raw value of a claim that is read in its own way.
    package subscript(name: String) -> JSONValue? { object[name].flatMap { $0.isNull ? nil : $0 } }

    /// - Parameter longest: bytes.
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

    /// `aud`: one text, or a list of texts that is not empty (RFC 7519, section 4.1.3).
    package func audiences() throws(TokenProblem) -> [String] {
        let values = self["aud"].map { $0.asArray ?? [$0] } ?? []
        let texts = values.compactMap(\.asString)
        guard (1...Self.mostAudiences).contains(values.count), texts.count == values.count else { throw .claim("aud") }
        return texts
    }

    /// The token has not expired (`exp`, which must be there), and it is valid already (`nbf`).
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
