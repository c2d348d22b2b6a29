import Foundation
import HearthCore
import HearthWeb
import Hummingbird

/// `/console/audit`: who did what, to what, from where.
struct AuditPage: Sendable {
    let search: AuditSearch

    func show(_ visit: ConsoleVisit) async throws -> Response {
        let filter = AuditSearch.Filter(subject: visit.query("subject"), action: visit.query("action"))
        let before = visit.query("before").flatMap { Int64($0) }
        let page = try await search.entries(
            filter, page: PageRequest(newestOf: .audit, before: before), of: visit.tenantID)
        let here = { (before: Int64?) in Self.path(filter, before: before) }
        var content: [String: Any] = [
            "subject": filter.subject ?? "", "action": filter.action ?? "", "isFiltered": filter != .init(),
            "live": here(before), "hasRows": !page.elements.isEmpty, "rows": page.elements.map(Self.row),
        ]
        content["older"] = page.next.map { here($0.key) }
        return try visit.show(.audit, title: "Audit", content)
    }

    private static func path(_ filter: AuditSearch.Filter, before: Int64? = nil) -> String {
        "/console/audit"
            + QueryText.of([
                ("action", filter.action), ("subject", filter.subject), ("before", before.map(String.init)),
            ])
    }

    private static func row(_ entry: AuditEntry) -> [String: Any] {
        let content = entry.content
        var row: [String: Any] = [
            "position": entry.position ?? 0, "at": RFC3339.format(entry.occurredAt),
            "when": ConsoleTime.text(entry.occurredAt), "actor": content.actor ?? "", "action": content.action ?? "",
            "subject": content.subject ?? "", "source": content.source ?? "", "request": content.requestID ?? "",
            "outcome": content.outcome ?? "",
        ]
        row["erased"] = entry.erasedAt.map { ConsoleTime.text($0) }
        row["likeAction"] = content.action.map { path(.init(action: $0)) }
        row["likeSubject"] = content.subject.map { path(.init(subject: $0)) }
        return row
    }
}
