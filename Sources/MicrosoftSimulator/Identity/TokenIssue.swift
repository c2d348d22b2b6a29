import Foundation

/// Issues codes and tokens in Microsoft's formats.
extension SimulatorState {
    /// Work codes are long (over a thousand characters), personal ones short with a visible prefix.
    mutating func issueCode(_ code: AuthorizationCode) -> String {
        let isPersonal = code.account.tenantID == consumerTenantID
        let text = isPersonal ? "M.C5\(random.hexadecimal(2))_BAY.2.U.\(random.guid())" : "1.A\(random.word(1100))"
        forgetOldCodes()
        codes[text] = code
        return text
    }

    /// Random between 60 and 90 minutes for work accounts, an hour for personal ones. In seconds.
    mutating func accessTokenLifetime(for account: Account) -> Int {
        account.kind == .personal ? 3600 : Int.random(in: 3600...5399, using: &random)
    }

    /// Keeps memory bounded over a long simulated time.
    private mutating func forgetOldCodes() {
        guard codes.count >= 4096, codes.count.isMultiple(of: 1024) else { return }
        // A day late, so that a used or expired code can still be distinguished from an unknown one.
        let limit = now.addingTimeInterval(-86_400)
        codes = codes.filter { $0.value.issuedAt > limit }
    }
}
