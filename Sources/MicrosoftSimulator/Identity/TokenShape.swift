/// How the next token response is falsified: hostile or incomplete on purpose.
package struct TokenShape: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case wrongSignature = "wrong_signature"
        case algorithmNone = "alg_none"
        case algorithmHS256 = "alg_hs256"
        case unknownKey = "unknown_kid"
        case missingKey = "missing_kid"
        case wrongAudience = "wrong_audience"
        case wrongIssuer = "wrong_issuer"
        case wrongTenant = "wrong_tid"
        case wrongNonce = "wrong_nonce"
        case missingNonce = "missing_nonce"
        case wrongVersion = "wrong_version"
        case expired = "expired"
        case notYetValid = "not_yet_valid"
        /// An object id other than that of `/me`.
        case otherObject = "other_oid"
        case missingObject = "missing_oid"
        case missingIDToken = "missing_id_token"
        case garbageIDToken = "garbage_id_token"
        case missingRefreshToken = "missing_refresh_token"
        case emptyRefreshToken = "empty_refresh_token"
        case blankRefreshToken = "blank_refresh_token"
        case missingAccessToken = "missing_access_token"
        /// Neither `scope` nor the access token has any permission but User.Read.
        case missingScopes = "missing_scopes"
    }

    package var kinds: [Kind]
    /// Claims to set; null removes a claim.
    package var claims: [String: JSON]
    /// How many responses; nil until cleared.
    package var times: Int?
    /// Only responses for this account.
    package var account: String?

    package init(_ kinds: [Kind], claims: [String: JSON] = [:], times: Int? = 1, account: String? = nil) {
        self.kinds = kinds
        self.claims = claims
        self.times = times
        self.account = account
    }

    func has(_ kind: Kind) -> Bool { kinds.contains(kind) }
}

extension SimulatorState {
    /// The shape of the next response to `account`, counted down; nil if it is not falsified.
    mutating func nextTokenShape(for account: Account) -> TokenShape? {
        let index = tokenShapes.firstIndex { shape in
            shape.account.map { $0.lowercased() == account.address.lowercased() } ?? true
        }
        guard let index else { return nil }
        let shape = tokenShapes[index]
        if let times = shape.times {
            if times <= 1 { tokenShapes.remove(at: index) } else { tokenShapes[index].times = times - 1 }
        }
        return shape
    }
}

extension IDToken {
    /// Applies `shape` to the id_token; `other` is a GUID used nowhere else.
    mutating func distort(by shape: TokenShape, other: String, baseURL: String) {
        for kind in shape.kinds {
            switch kind {
            case .wrongSignature: signature = .wrong
            case .algorithmNone: signature = .none
            case .algorithmHS256: signature = .hmacWithPublicKey
            case .unknownKey: keyID = "unknown-\(other)"
            case .missingKey: keyID = nil
            case .wrongAudience: claims["aud"] = .string(other)
            case .wrongIssuer: claims["iss"] = .string("\(baseURL)/\(other)/v2.0")
            case .wrongTenant: claims["tid"] = .string(other)
            case .wrongNonce: claims["nonce"] = .string(other)
            case .missingNonce: claims["nonce"] = nil
            case .wrongVersion: claims["ver"] = "1.0"
            case .expired: shiftTimes(by: -2 * 86_400)
            case .notYetValid: shiftTimes(by: 86_400)
            case .otherObject: claims["oid"] = .string(other)
            case .missingObject: claims["oid"] = nil
            default: break
            }
        }
        for (name, value) in shape.claims { claims[name] = value.isNull ? nil : value }
    }

    private mutating func shiftTimes(by seconds: Int) {
        for name in ["iat", "nbf", "exp"] {
            if case .integer(let time) = claims[name] { claims[name] = .integer(time + seconds) }
        }
    }
}
