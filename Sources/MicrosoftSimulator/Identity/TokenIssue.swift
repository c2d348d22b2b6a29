import Foundation

/// Making codes and tokens in the shapes of Microsoft's.
extension SimulatorState {
    /// Work codes are long (over a thousand characters), personal ones short with a visible prefix (contract 1.3).
    mutating func issueCode(_ code: AuthorizationCode) -> String {
        let isPersonal = code.account.tenantID == consumerTenantID
        let text = isPersonal ? "M.C5\(random.hexadecimal(2))_BAY.2.U.\(random.guid())" : "1.A\(random.word(1100))"
        codes[text] = code
        return text
    }

    mutating func issueRefreshToken(_ token: RefreshToken) -> String {
        let isPersonal = token.account.tenantID == consumerTenantID
        let text = isPersonal ? "M.C5\(random.hexadecimal(2))_BAY.0.U.-\(random.word(300))" : "1.A\(random.word(900))"
        refreshTokens[text] = token
        return text
    }

    /// Work tokens look like a signed JWT, which nobody but Graph can check; personal ones are opaque (contract 2.8).
    mutating func issueAccessToken(_ token: AccessToken) -> String {
        let isPersonal = token.account.tenantID == consumerTenantID
        let text: String
        if isPersonal {
            text = "EwB\(random.word(1100))"
        } else {
            let header: JSON = [
                "typ": "JWT", "alg": "RS256", "nonce": .string(random.word(43)), "kid": .string(keys.newest.id),
            ]
            let claims: JSON = [
                "aud": "https://graph.microsoft.com", "tid": .string(token.account.tenantID),
                "oid": .string(token.account.objectID), "appid": .string(token.clientID),
                "exp": .integer(Int(token.expiresAt.timeIntervalSince1970)),
            ]
            text = "\(Base64URL.encode(header.data)).\(Base64URL.encode(claims.data)).\(random.word(342))"
        }
        forgetExpiredAccessTokens()
        accessTokens[text] = token
        return text
    }

    /// Random between 60 and 90 minutes for work accounts, an hour for personal ones (contract 2.6). In seconds.
    mutating func accessTokenLifetime(for account: Account) -> Int {
        account.kind == .personal ? 3600 : Int.random(in: 3600...5399, using: &random)
    }

    /// Keeps a long simulated time from growing without bound.
    private mutating func forgetExpiredAccessTokens() {
        guard accessTokens.count >= 4096, accessTokens.count.isMultiple(of: 1024) else { return }
        // A day late, so that an expired token is still told from an unknown one.
        let limit = now.addingTimeInterval(-86_400)
        accessTokens = accessTokens.filter { $0.value.expiresAt > limit }
        codes = codes.filter { $0.value.issuedAt > limit }
    }
}
