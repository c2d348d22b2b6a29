import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

/// Another user's mailbox with delegated permissions.
@Suite("Shared mailboxes")
struct SharedMailboxTests {
    private static let scope = "openid profile offline_access User.Read Mail.Read.Shared Mail.Send.Shared Mail.Send"
    private static let folder = "/v1.0/users/sales@contoso.test/mailFolders/inbox/messages"

    private static func make(_ site: Site, _ permissions: String) async throws {
        let made = try await site.postJSON(
            "/simulator/shared-mailboxes",
            #"{"address":"sales@contoso.test","delegates":{"ana@contoso.test":\#(permissions)}}"#)
        #expect(made.status == 201, "\(made.text)")
    }

    private static func message(from address: String) -> String {
        #"{"message":{"subject":"hi","from":{"emailAddress":{"address":"\#(address)"}},"toRecipients":"#
            + #"[{"emailAddress":{"address":"ana@contoso.test"}}]}}"#
    }

    private static func folders(of address: String, _ site: Site) async throws -> [String: Int] {
        let messages = try await site.get("/simulator/accounts/\(address)/messages").json["messages"]
        let names = (messages as? [[String: Any]] ?? []).compactMap { $0["folder"] as? String }
        return Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
    }

    @Test("full access allows reading only with the shared scopes, and ends at once when removed")
    func reading() async throws {
        try await Site.run { site in
            let token = try await site.connect(scope: Self.scope).accessToken
            let plain = try await site.connect(scope: "openid User.Read Mail.Read").accessToken
            try await Self.make(site, #"["FullAccess"]"#)
            let read = try await site.get(Self.folder, token: token)
            #expect(read.status == 200)
            let unshared = try await site.get(Self.folder, token: plain)
            #expect(unshared.graphCode == "ErrorAccessDenied")
            let unknown = try await site.get("/v1.0/users/no@contoso.test/mailFolders/inbox/messages", token: token)
            #expect(unknown.status == 404)
            #expect(unknown.graphCode == "ErrorInvalidUser")
            let path = "/simulator/accounts/sales@contoso.test/delegates"
            let left = try await site.send(.delete, "\(path)/ana@contoso.test")
            #expect((left.json["delegates"] as? [String: Any])?.isEmpty == true)
            let refused = try await site.get(Self.folder, token: token)
            #expect(refused.status == 403)
            #expect(refused.graphCode == "ErrorAccessDenied")
            let again = try await site.send(
                .put, "\(path)/ana@contoso.test", body: #"{"permissions":["FullAccess","SendAs"]}"#)
            #expect(
                again.json["delegates"] as? [String: [String]] == ["ana@contoso.test": ["FullAccess", "SendAs"]])
            let back = try await site.get(Self.folder, token: token)
            #expect(back.status == 200)
        }
    }

    @Test(
        "sending as the mailbox needs SendAs or SendOnBehalf; a copy in its Sent Items also needs full access",
        arguments: [
            (#"["SendAs"]"#, 202, 403), (#"["SendOnBehalf"]"#, 202, 403), (#"["FullAccess"]"#, 403, 403),
            (#"["FullAccess","SendAs"]"#, 202, 202), ("[]", 403, 403),
        ]
    )
    func sending(permissions: String, throughMe: Int, throughMailbox: Int) async throws {
        try await Site.run { site in
            let token = try await site.connect(scope: Self.scope).accessToken
            try await Self.make(site, permissions)
            let body = Self.message(from: "sales@contoso.test")
            let mine = try await site.postJSON("/v1.0/me/sendMail", body, token: token)
            #expect(mine.status == throughMe)
            if throughMe == 403 { #expect(mine.graphCode == "ErrorSendAsDenied") }
            let shared = try await site.postJSON("/v1.0/users/sales@contoso.test/sendMail", body, token: token)
            #expect(shared.status == throughMailbox)
            let inbox = try await Self.folders(of: "ana@contoso.test", site)
            #expect(inbox["inbox", default: 0] == [throughMe, throughMailbox].filter { $0 == 202 }.count)
            #expect(inbox["sentitems", default: 0] == (throughMe == 202 ? 1 : 0))
            let sales = try await Self.folders(of: "sales@contoso.test", site)
            #expect(sales["sentitems", default: 0] == (throughMailbox == 202 ? 1 : 0))
        }
    }

    @Test("a shared mailbox has no sign-in, and personal accounts see only their own mailbox")
    func boundaries() async throws {
        try await Site.run { site in
            _ = try await site.connect()
            try await Self.make(site, "[]")
            let authorize = try await site.authorize(["login_hint": "sales@contoso.test"])
            #expect(authorize.status == 400)
            let personal = try await site.connect("bo@outlook.com", scope: "openid User.Read Mail.Read").accessToken
            let denied = try await site.get(Self.folder, token: personal)
            #expect(denied.status == 403)
            let foreign = try await site.postJSON(
                "/simulator/shared-mailboxes",
                #"{"address":"x@contoso.test","delegates":{"bo@outlook.com":["FullAccess"]}}"#)
            #expect(foreign.status == 400)
        }
    }
}
