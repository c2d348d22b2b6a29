import Foundation
import HTTPTypes
import Testing

@testable import HearthMailboxes
@testable import HearthOnboarding

@Suite("The status of a result page")
struct ResultStatusTests {
    @Test("503 says that it passes by itself, and nothing else does", arguments: ConsentOutcome.Code.allCases)
    func codes(code: ConsentOutcome.Code) {
        #expect(
            ResultContent.status(of: code).code
                == ([.temporaryFault, .tokenRefused, .adminApprovalPending].contains(code) ? 503 : 200))
    }

    @Test("a code of a later release is no fault that passes")
    func unknown() { #expect(ResultContent.status(of: nil) == .ok) }
}
