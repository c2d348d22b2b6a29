package import Foundation
package import HearthRules
import StrictJSON

/// A successful answer of the token endpoint (RFC 6749, section 5.1).
package struct TokenAnswer: Sendable {
    package let accessToken: String
    /// Seconds; Microsoft sends a number, and sent a string in the past.
    package let expiresIn: TimeInterval
    /// No access token of Microsoft's lives longer (28 h at most, with continuous access evaluation). A larger value is
    /// capped: it could lie beyond every calendar.
    static let longestLife: TimeInterval = 172_800
    /// Nil if none was granted; the former one stays good after a refresh then.
    package let refreshToken: String?
    package let idToken: String?
    package let scopes: GrantedScopes

    /// Nil if the body is not such an answer.
    init?(_ body: [UInt8]) {
        guard let object = try? JSONParser().parse(body).value.asObject,
            let accessToken = Self.token(object["access_token"]),
            let expiresIn = object["expires_in"]?.asDouble ?? object["expires_in"]?.asString.flatMap(Double.init),
            expiresIn > 0
        else { return nil }
        self.accessToken = accessToken
        self.expiresIn = min(expiresIn, Self.longestLife)
        refreshToken = Self.token(object["refresh_token"])
        idToken = Self.token(object["id_token"])
        scopes = GrantedScopes(tokenAnswer: object["scope"]?.asString ?? "")
    }

    /// A token consists of visible ASCII characters (RFC 6749, appendices A.12 and A.17). An empty or blank value is no
    /// token: stored as one it would replace a good token.
    private static func token(_ value: JSONValue?) -> String? {
        guard let text = value?.asString, !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        return text
    }
}
