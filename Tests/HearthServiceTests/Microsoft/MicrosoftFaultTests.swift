import Testing

@testable import HearthMicrosoft

@Suite("What a refusal of Microsoft's means")
struct MicrosoftFaultTests {
    private func graph(_ status: Int, _ body: String) -> MicrosoftFault {
        MicrosoftFault(graphStatus: status, body: Array(body.utf8))
    }

    private func token(_ body: String, status: Int = 400) -> MicrosoftFault {
        MicrosoftFault(tokenStatus: status, body: Array(body.utf8))
    }

    @Test("a verdict of Graph needs Graph's form and a code that names the fault")
    func verdicts() {
        let denied = graph(403, #"{"error":{"code":"ErrorAccessDenied","message":"Access is denied."}}"#)
        #expect(denied.kind == .scopeMissing && denied.source == .graph && denied.graphCode == "ErrorAccessDenied")
        #expect(graph(404, #"{"error":{"code":"ErrorNonExistentMailbox","message":""}}"#).kind == .mailboxMissing)
        #expect(graph(401, #"{"error":{"code":"InvalidAuthenticationToken","message":""}}"#).kind == .tokenRefused)
        #expect(graph(400, #"{"error":{"code":"ErrorMessageSubmissionBlocked"}}"#).kind == .accountDisabled)
    }

    @Test(
        "everything else passes",
        arguments: [
            "<html><body>403 Forbidden</body></html>", "", "null", "[]", #"{"error":"forbidden"}"#,
            #"{"error":{"code":403}}"#, #"{"error":{"code":""}}"#, #"{"error":{"message":"ErrorAccessDenied"}}"#,
            #"{"code":"ErrorAccessDenied"}"#, #"{"error":{"code":"AccessDenied"}}"#,
            #"{"error":{"code":"UnknownError","message":""}}"#, #"{"error":{"code":"ResourceNotFound"}}"#,
        ])
    func noVerdict(body: String) {
        for status in [403, 404, 400, 410, 302] { #expect(graph(status, body).kind == .transient, "\(status)") }
    }

    @Test("a code counts only with its own status")
    func statusMatters() {
        #expect(graph(404, #"{"error":{"code":"ErrorAccessDenied"}}"#).kind == .transient)
        #expect(graph(403, #"{"error":{"code":"MailboxNotEnabledForRESTAPI"}}"#).kind == .transient)
        #expect(graph(503, #"{"error":{"code":"ErrorAccessDenied"}}"#).kind == .transient)
    }

    @Test("the most specific code that is known decides", arguments: ["innerError", "innererror"])
    func innerCodes(name: String) {
        let body = #"{"error":{"code":"Forbidden","\#(name)":{"code":"ErrorAccountSuspend","\#(name)":{"date":"x"}}}}"#
        #expect(graph(403, body).kind == .accountDisabled)
        let unknown = #"{"error":{"code":"ErrorAccessDenied","\#(name)":{"code":"Whatever"}}}"#
        #expect(graph(403, unknown).kind == .scopeMissing)
    }

    @Test("numbers that do not fit are no numbers", arguments: ["1e300", "-1", "99999999999999999999", #""x""#, "{}"])
    func oddNumbers(number: String) {
        let fault = token(#"{"error":"invalid_grant","error_codes":[\#(number)],"error_description":"none"}"#)
        #expect(fault.kind == .expired || fault.kind == .transient)
    }

    @Test("what one organisation has to mend is never said of the application")
    func organization() {
        for code in MicrosoftFault.ofOrganization {
            for error in [
                "invalid_client", "unauthorized_client", "invalid_resource", "access_denied", "invalid_grant",
            ] {
                #expect(token(#"{"error":"\#(error)","error_codes":[\#(code)]}"#).kind == .policyBlocked)
            }
        }
    }

    @Test("only the secret is known at once to be the application's")
    func application() {
        #expect(token(#"{"error":"invalid_client","error_codes":[7000215]}"#, status: 401).kind == .applicationFault)
        #expect(token(#"{"error":"invalid_request","error_codes":[900144]}"#).kind == .applicationSuspected)
        let removed = token(#"{"error":"unauthorized_client","error_codes":[700016]}"#)
        #expect(removed.kind == .applicationSuspected && removed.meaningIfAcceptedElsewhere == .policyBlocked)
        #expect(token(#"{"error":"something_new"}"#).meaningIfAcceptedElsewhere == .transient)
    }
}
