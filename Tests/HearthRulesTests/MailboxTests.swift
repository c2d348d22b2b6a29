import Foundation
import HearthRules
import Testing

@Suite("Mailboxes")
struct MailboxTests {
    @Test("the tenant decides the account type, not the domain")
    func accountType() throws {
        let consumer = try #require(UUID(uuidString: "9188040d-6c67-4c5b-b112-36a304b66dad"))
        #expect(AccountType(tenant: consumer) == .personal)
        #expect(AccountType(tenant: UUID()) == .organization)
        #expect(AccountType.personal.smtpType == "outlook" && AccountType.organization.smtpType == "office 365")
    }

    @Test("a personal account's Graph id is the end of its oid")
    func sameAccount() throws {
        let personal = try #require(UUID(uuidString: "00000000-0000-0000-66f3-3332eca7ea81"))
        #expect(AccountType.personal.isSameAccount(graphID: "66f33332eca7ea81", oid: personal))
        #expect(!AccountType.personal.isSameAccount(graphID: "66f33332eca7ea82", oid: personal))
        #expect(!AccountType.organization.isSameAccount(graphID: "66f33332eca7ea81", oid: personal))
        let work = UUID()
        #expect(AccountType.organization.isSameAccount(graphID: work.uuidString.lowercased(), oid: work))
    }

    @Test("granted scopes in the long form, in any case, with ReadWrite including Read")
    func scopes() {
        let granted = GrantedScopes(
            tokenAnswer: "openid https://graph.microsoft.com/Mail.readwrite MAIL.SEND User.Read profile")
        #expect(granted.names == ["mail.readwrite", "mail.send", "user.read"])
        for level in PermissionLevel.allCases { #expect(level.missing(from: granted).isEmpty) }
        let sending = GrantedScopes(tokenAnswer: "Mail.Send")
        #expect(PermissionLevel.send.missing(from: sending).isEmpty)
        #expect(PermissionLevel.warmup.missing(from: sending) == ["Mail.ReadWrite"])
        #expect(PermissionLevel.readSend.missing(from: sending) == ["Mail.Read"])
    }

    @Test(
        "addresses that differ in case or in the domain's spelling are equal",
        arguments: [
            ("Ann@Example.COM", "ann@example.com"), (" josé@bücher.example ", "josé@xn--bcher-kva.example"),
            ("jose\u{301}@b\u{FC}cher.example", "jos\u{E9}@xn--bcher-kva.example"),
        ])
    func keys(text: String, key: String) throws {
        #expect(try EmailAddress(text).key == key)
    }

    @Test(
        "an invalid address is refused",
        arguments: [
            "", "ann", "@example.com", "ann@", "ann@localhost", "a b@example.com", "ann@exa mple.com", ".a@example.com",
            "a..b@example.com", "a.@example.com", "ann@-x.com", "ann@x-.com", "ann@1.2.3.4", "ann\u{0}@example.com",
            "a@b@c",
            String(repeating: "a", count: 65) + "@example.com",
            "ann@" + String(repeating: "a", count: 64) + ".com",
        ])
    func refused(text: String) {
        #expect(throws: EmailAddress.Problem.self) { try EmailAddress(text) }
    }

    @Test("a masked address shows its first letter and its domain")
    func masked() throws {
        #expect(try EmailAddress("ann@example.com").masked == "a•••@example.com")
    }
}
