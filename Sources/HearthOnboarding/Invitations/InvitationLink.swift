import HearthCore
import HearthRules

/// The link of an invitation. Contains the ids of tenant and invitation, and a secret derived from a sealed seed and the
/// link's number. A resend increments the number, which invalidates the previous link.
package struct InvitationLink: Sendable {
    let tenantID: Int64
    let id: Int64
    let number: Int
    let seed: LinkSeed

    init(tenantID: Int64, id: Int64, number: Int, seed: [UInt8]) {
        self.tenantID = tenantID
        self.id = id
        self.number = number
        self.seed = LinkSeed(seed)
    }

    static func path(_ token: String) -> String { "/invitations/\(token)" }

    package var path: String {
        Self.path(ConsentToken(tenantID: tenantID, consentID: id, secret: secret(number)).text)
    }

    func isRight(_ token: ConsentToken) -> Bool { isEqualInConstantTime(token.secret, secret(number)) }

    /// Whether the token is that of one of the 100 previous links.
    func isFormer(_ token: ConsentToken) -> Bool {
        (max(1, number - 100)..<number).contains { isEqualInConstantTime(token.secret, secret($0)) }
    }

    private func secret(_ number: Int) -> [UInt8] { seed.derive("hearth.invitation.link.\(number)") }
}
