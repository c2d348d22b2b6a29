import Crypto
import Foundation

/// The link of an invitation: it names its tenant and itself, and carries a secret derived from a seed that is stored
/// sealed and from the link's number. A resend counts on, and with it the former link is dead.
struct InvitationLink: Sendable {
    let tenantID: Int64
    let id: Int64
    let number: Int
    private let seed: SymmetricKey

    init(tenantID: Int64, id: Int64, number: Int, seed: [UInt8]) {
        self.tenantID = tenantID
        self.id = id
        self.number = number
        self.seed = SymmetricKey(data: seed)
    }

    /// What is sealed and stored.
    var seedBytes: [UInt8] { seed.withUnsafeBytes(Array.init) }

    static func path(_ token: String) -> String { "/invitations/\(token)" }

    var path: String {
        Self.path(ConsentToken(tenantID: tenantID, consentID: id, secret: secret(number)).text)
    }

    func isRight(_ token: ConsentToken) -> Bool { isEqualInConstantTime(token.secret, secret(number)) }

    /// Whether it is one of the links before, as far as anybody may still have one.
    func isFormer(_ token: ConsentToken) -> Bool {
        (max(1, number - 100)..<number).contains { isEqualInConstantTime(token.secret, secret($0)) }
    }

    private func secret(_ number: Int) -> [UInt8] {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: seed, info: Data("hearth.invitation.link.\(number)".utf8), outputByteCount: 24
        ).withUnsafeBytes(Array.init)
    }
}
