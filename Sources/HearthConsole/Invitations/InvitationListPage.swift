import Foundation
import HearthCore
import HearthOnboarding
import HearthRules
import HearthWeb
import Hummingbird

/// `/console/invitations`: the invited owners and the status of each invitation.
struct InvitationListPage: Sendable {
    let store: InvitationStore
    let now: @Sendable () -> Date

    func show(_ visit: ConsoleVisit) async throws -> Response {
        var filter = InvitationStore.Filter()
        filter.status = visit.query("status").flatMap(Invitation.Status.init)
        filter.addressPart = visit.query("email")
        let before = visit.query("before").flatMap { Int64($0) }
        let now = now()
        let page = try await store.list(
            filter, page: PageRequest(newestOf: .invitations, before: before), of: visit.tenantID, at: now)
        let here = { (before: Int64?) in
            "/console/invitations"
                + QueryText.of([
                    ("status", filter.status?.rawValue), ("email", filter.addressPart),
                    ("before", before.map(String.init)),
                ])
        }
        var content: [String: Any] = [
            "mayConnect": visit.may(.campaignsWrite), "email": filter.addressPart ?? "", "isFiltered": !filter.isEmpty,
            "statuses": FilterChoice.list(
                Invitation.Status.allCases.map { ($0.rawValue, $0.badge.label) }, chosen: filter.status?.rawValue),
            "live": here(before), "hasRows": !page.elements.isEmpty,
            "rows": page.elements.map { Self.row($0, at: now) },
        ]
        content["older"] = page.next.map { here($0.key) }
        return try visit.show(.invitations, title: "Invitations", content)
    }

    private static func row(_ invitation: Invitation, at now: Date) -> [String: Any] {
        [
            "id": invitation.id, "address": invitation.email, "state": invitation.status(at: now).badge.content,
            "level": invitation.level.label, "createdAt": RFC3339.format(invitation.createdAt),
            "created": ConsoleTime.text(invitation.createdAt), "expiresAt": RFC3339.format(invitation.expiresAt),
            "expires": ConsoleTime.text(invitation.expiresAt),
        ]
    }
}
