import Foundation
import Testing

@testable import HearthMicrosoft
@testable import Outbound

@Suite("What Microsoft answers to a link")
struct AuthorizeAnswerTests {
    private static let clientID = "5d1f3a50-0000-4000-8000-0000000e2e00"
    private static let redirectURI = "https://hearth.example/oauth/microsoft/callback"
    private static let url = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=x"

    private func answer(_ status: Int, _ body: String = "", location: String? = nil) -> AuthorizeAnswer {
        let head = location.map { "Location: \($0)\n" } ?? ""
        return AuthorizeAnswer(
            OutboundResponse(
                status: status, head: Array(head.utf8), body: Array(body.utf8), isTruncated: false,
                timings: .init(nameLookup: .zero, connect: .zero, tls: .zero, firstByte: .zero, total: .zero),
                remoteAddress: nil), to: Self.url, clientID: Self.clientID, redirectURI: Self.redirectURI)
    }

    private func back(_ query: String) -> AuthorizeAnswer { answer(302, location: Self.redirectURI + "?" + query) }

    @Test("a page that names the application asks for a sign-in; another page is somebody else's")
    func pages() {
        #expect(answer(200, "<form>client_id=\(Self.clientID.uppercased())</form>") == .signIn)
        guard case .unclear = answer(200, "<title>Captive portal</title>") else {
            Issue.record("a page of another server was taken for Microsoft's")
            return
        }
    }

    @Test("an error is known by its number, whatever the status of its page")
    func errors() {
        for status in [200, 400] {
            let page = #""strServiceExceptionMessage":"AADSTS50011: The redirect URI ... \#(Self.clientID)""#
            #expect(answer(status, page) == .refused(code: 50_011))
        }
        #expect(answer(400, "AADSTS700016: Application with identifier") == .refused(code: 700_016))
        #expect(
            answer(200, "unauthorized_client: The client does not exist or is not enabled for consumers.")
                == .refused(code: nil))
    }

    @Test("a redirect back says whether anybody could sign in")
    func redirects() {
        #expect(back("error=login_required&error_description=AADSTS50058%3a+A+silent") == .signIn)
        #expect(back("error=interaction_required") == .signIn)
        #expect(back("error=invalid_scope&error_description=AADSTS70011%3a+The") == .refused(code: 70_011))
        #expect(back("error=unauthorized_client") == .refused(code: nil))
    }

    @Test("a redirect is followed on Microsoft's own host alone")
    func elsewhere() {
        #expect(
            answer(302, location: "/common/reprocess?ctx=1")
                == .further("https://login.microsoftonline.com/common/reprocess?ctx=1"))
        for location in [
            "https://login.live.com/oauth20_authorize.srf", "http://login.microsoftonline.com/x",
            "https://login.microsoftonline.com:8443/x", "//evil.example/x",
        ] {
            guard case .unclear = answer(302, location: location) else {
                Issue.record("\(location) would be followed")
                continue
            }
        }
    }

    @Test("a server in trouble says nothing", arguments: [429, 500, 503])
    func trouble(status: Int) {
        guard case .unclear = answer(status, "AADSTS50011 \(Self.clientID)") else {
            Issue.record("taken for an answer")
            return
        }
    }
}
