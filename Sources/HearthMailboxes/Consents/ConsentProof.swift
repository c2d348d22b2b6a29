package import Foundation
package import HearthMicrosoft
package import HearthRules

/// A mailbox whose owner has consented, with the tokens to use it.
package struct ConsentProof: Sendable {
    package let tid: UUID
    package let oid: UUID
    package let profile: MicrosoftClient.Profile
    package let tokens: TokenAnswer
    package let refreshToken: String

    package init(tid: UUID, oid: UUID, profile: MicrosoftClient.Profile, tokens: TokenAnswer, refreshToken: String) {
        self.tid = tid
        self.oid = oid
        self.profile = profile
        self.tokens = tokens
        self.refreshToken = refreshToken
    }

    package var accountType: AccountType { AccountType(tenant: tid) }
}
