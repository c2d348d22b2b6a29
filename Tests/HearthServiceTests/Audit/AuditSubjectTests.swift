import Testing

@testable import HearthCore

@Suite("What an audit entry is about")
struct AuditSubjectTests {
    @Test("every call that changes something by an id names what has the id")
    func names() async throws {
        for operation in try await RoutedOperations.names() where operation.contains("{id}") {
            let path = operation.split(separator: " ")[1].dropFirst(PartnerRoutes.base.count)
            guard operation.contains(" \(PartnerRoutes.base)/"), !operation.hasPrefix("GET ") else { continue }
            #expect(CallAudit.subjectName(in: path) != nil, "\(operation)")
        }
    }

    @Test(
        "by its name in the singular",
        arguments: [
            ("/mailboxes/{id}/disconnect", "mailbox"), ("/campaigns/{id}/start-warmup", "campaign"),
            ("/webhooks/endpoints/{id}/test", "endpoint"), ("/shared-mailboxes/{id}", "shared-mailbox"),
            ("/keys/:id", "key"), ("/addresses/{id}", nil), ("/campaigns", "campaign"),
        ])
    func singular(path: String, name: String?) {
        #expect(CallAudit.subjectName(in: path) == name)
    }
}
