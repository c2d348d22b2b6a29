package import Foundation
package import HearthRules
import StrictJSON

/// A successful response of the token endpoint (RFC 6749, section 5.1).
package struct TokenAnswer: Sendable {
    package let accessToken: String
    /// In seconds; Microsoft sends a number, and used to send a string.
    package let expiresIn: TimeInterval
    /// The maximum lifetime in seconds. Microsoft's access tokens live at most 28 h (with continuous access evaluation).
    /// Larger values are capped, because they could exceed the range of dates.
    static let longestLife: TimeInterval = 172_800
    /// Nil if none was granted; after a refresh, the former one then stays valid.
    package let refreshToken: String?
    package let idToken: String?
    package let scopes: GrantedScopes

    /// Returns nil if the body is not such a response.
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

    /// Tokens consist of visible ASCII characters (RFC 6749, appendices A.12 and A.17). An empty or blank value is rejected,
    /// because it would overwrite a valid token.
    private static func token(_ value: JSONValue?) -> String? {
        guard let text = value?.asString, !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        return text
    }
}
