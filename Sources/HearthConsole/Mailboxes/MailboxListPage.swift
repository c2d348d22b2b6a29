import Foundation
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Hummingbird

/// `/console/mailboxes`: the connected Microsoft accounts and the health of each.
struct MailboxListPage: Sendable {
    let store: MailboxStore
    let now: @Sendable () -> Date

    static func path(_ filter: MailboxFilter = .init(), before: Int64? = nil) -> String {
        "/console/mailboxes"
            + QueryText.of([
                ("health", filter.health?.rawValue), ("account_type", filter.accountType?.rawValue),
                ("permission_level", filter.level?.rawValue), ("email", filter.addressPart),
                ("before", before.map(String.init)),
            ])
    }

    func show(_ visit: ConsoleVisit) async throws -> Response {
        var filter = MailboxFilter()
        filter.health = visit.query("health").flatMap(MailboxHealth.init)
        filter.accountType = visit.query("account_type").flatMap(AccountType.init)
        filter.level = visit.query("permission_level").flatMap(PermissionLevel.init)
        filter.addressPart = visit.query("email")
        let before = visit.query("before").flatMap { Int64($0) }
        let now = now()
        let page = try await store.list(
            filter, page: PageRequest(newestOf: .mailboxes, before: before), of: visit.tenantID, at: now)
        var content: [String: Any] = [
            "mayConnect": visit.may(.campaignsWrite), "email": filter.addressPart ?? "", "isFiltered": !filter.isEmpty,
            "badges": FilterChoice.list(
                MailboxHealth.allCases.map { ($0.rawValue, $0.badge.label) }, chosen: filter.health?.rawValue),
            "types": FilterChoice.list(
                AccountType.allCases.map { ($0.rawValue, $0.label) }, chosen: filter.accountType?.rawValue),
            "levels": FilterChoice.list(
                PermissionLevel.allCases.map { ($0.rawValue, $0.label) }, chosen: filter.level?.rawValue),
            "live": Self.path(filter, before: before), "hasRows": !page.elements.isEmpty,
            "rows": page.elements.map { Self.row($0, at: now) },
        ]
        content["older"] = page.next.map { Self.path(filter, before: $0.key) }
        content["done"] = visit.doneWords
        return try visit.show(.mailboxes, title: "Mailboxes", content)
    }

    private static func row(_ mailbox: Mailbox, at now: Date) -> [String: Any] {
        var row: [String: Any] = [
            "id": mailbox.id, "address": mailbox.address, "accountType": mailbox.accountType.label,
            "health": mailbox.health(at: now).badge.content, "level": mailbox.access?.level.label ?? "none",
            "lastSuccess": ConsoleTime.text(mailbox.lastSuccessAt, otherwise: "none yet"),
            "uses": mailbox.uses.map(\.content),
        ]
        if mailbox.advice(at: now) != nil { row["words"] = mailbox.words(at: now) }
        return row
    }
}
