import HearthMailboxes
import HearthWeb
import Hummingbird

/// `/console/mailboxes/shared`: the shared mailboxes, each with the delegate whose token reaches it.
struct SharedMailboxListPage: Sendable {
    let store: SharedMailboxStore

    private static let path = "/console/mailboxes/shared"

    func show(_ visit: ConsoleVisit) async throws -> Response {
        let cursor = visit.query("cursor").flatMap { PageCursor($0, of: .sharedMailboxes) }
        let request = PageRequest(of: .sharedMailboxes, after: cursor?.key, limit: PageRequest.defaultLimit)
        let page = try await store.list(request, delegate: nil, of: visit.tenantID)
        var content: [String: Any] = [
            "live": Self.path + QueryText.of([("cursor", cursor?.text)]), "rows": page.elements.map(\.content),
            "hasRows": !page.elements.isEmpty,
        ]
        content["older"] = page.next.map { Self.path + QueryText.of([("cursor", $0.text)]) }
        return try visit.show(.sharedMailboxes, title: "Shared mailboxes", content)
    }
}
