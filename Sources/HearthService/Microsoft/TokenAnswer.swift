import Foundation
import HearthRules
import StrictJSON

/// A successful answer of the token endpoint (contracts/microsoft.md 2.2).
struct TokenAnswer: Sendable {
    let accessToken: String
    /// Seconds; a number, and a string in older answers.
    let expiresIn: TimeInterval
    /// Longer than any access token of Microsoft's lives (28 h, with continuous access evaluation). What says more is not
    /// believed, and could lie beyond every calendar.
    static let longestLife: TimeInterval = 172_800
    /// Absent where `offline_access` was not granted; a refresh without one keeps the former.
    let refreshToken: String?
    let idToken: String?
    let scopes: GrantedScopes

    /// Nil for a body that is none.
    init?(_ body: [UInt8]) {
        guard let object = try? JSONParser().parse(body).value.asObject,
            let accessToken = object["access_token"]?.asString, !accessToken.isEmpty,
            let expiresIn = object["expires_in"]?.asDouble ?? object["expires_in"]?.asString.flatMap(Double.init),
            expiresIn > 0
        else { return nil }
        self.accessToken = accessToken
        self.expiresIn = min(expiresIn, Self.longestLife)
        refreshToken = object["refresh_token"]?.asString
        idToken = object["id_token"]?.asString
        scopes = GrantedScopes(tokenAnswer: object["scope"]?.asString ?? "")
    }
}
