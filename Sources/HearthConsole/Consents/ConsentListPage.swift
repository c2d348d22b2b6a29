import Foundation
import HearthCore
import HearthMailboxes
import HearthOnboarding
import HearthWeb
import Hummingbird

/// `/console/consents`: all links created for owners.
struct ConsentListPage: Sendable {
    let store: ConsentStore
    let now: @Sendable () -> Date

    func show(_ visit: ConsoleVisit) async throws -> Response {
        var filter = ConsentFilter()
        filter.stage = visit.query("status").flatMap(ConsentFilter.Stage.init)
        let before = visit.query("before").flatMap { Int64($0) }
        let now = now()
        let page = try await store.list(
            filter, page: PageRequest(newestOf: .consents, before: before), of: visit.tenantID, at: now)
        let here = { (before: Int64?) in
            "/console/consents"
                + QueryText.of([("status", filter.stage?.rawValue), ("before", before.map(String.init))])
        }
        var content: [String: Any] = [
            "mayConnect": visit.may(.campaignsWrite), "live": here(before), "hasRows": !page.elements.isEmpty,
            "statuses": FilterChoice.list(
                ConsentFilter.Stage.allCases.map { ($0.rawValue, $0.rawValue.capitalized) },
                chosen: filter.stage?.rawValue),
            "rows": page.elements.map { Self.row($0, at: now) },
        ]
        content["older"] = page.next.map { here($0.key) }
        return try visit.show(.consents, title: "Consents", content)
    }

    private static func row(_ consent: Consent, at now: Date) -> [String: Any] {
        [
            "id": consent.id, "address": consent.email, "state": consent.badge(at: now).content,
            "attempts": consent.attempts, "createdAt": RFC3339.format(consent.createdAt),
            "created": ConsoleTime.text(consent.createdAt), "expiresAt": RFC3339.format(consent.expiresAt),
            "expires": ConsoleTime.text(consent.expiresAt),
        ]
    }
}
