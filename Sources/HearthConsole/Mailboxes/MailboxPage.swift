import Foundation
import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Hummingbird

/// `/console/mailboxes/{id}`: one mailbox with its connection, its campaigns and its commands.
struct MailboxPage: Sendable {
    let store: MailboxStore
    let shared: SharedMailboxStore
    let now: @Sendable () -> Date

    func show(_ visit: ConsoleVisit) async throws -> Response { try await show(visit, refusal: nil) }

    /// - Parameters:
    ///   - refusal: why a command was refused; nil if the page was only opened.
    ///   - entered: the values of the refused form.
    func show(_ visit: ConsoleVisit, refusal: APIError?, entered: ParsedBody = .empty) async throws -> Response {
        guard let id = visit.id else { throw APIError.mailboxNotFound }
        let mailbox = try await store.find(id, of: visit.tenantID)
        let through = try await shared.list(.init(firstOf: .sharedMailboxes), delegate: id, of: visit.tenantID)
        let now = now()
        var content: [String: Any] = [
            "id": id, "address": mailbox.address, "live": "/console/mailboxes/\(id)",
            "facts": Self.facts(mailbox, at: now), "uses": mailbox.uses.map(\.content),
            "hasUses": !mailbox.uses.isEmpty, "shared": through.elements.map(\.content),
            "hasShared": !through.elements.isEmpty, "hasMoreShared": through.next != nil,
        ]
        content.merge(Self.health(of: mailbox, at: now)) { $1 }
        if visit.may(.campaignsWrite) {
            content["commands"] = Self.commands(for: mailbox, at: now, refusal: refusal, entered: entered)
        }
        content["problem"] = refusal.map(ConsoleForm.words)
        content["problemCode"] = refusal?.code
        content["done"] = refusal == nil ? visit.doneWords : nil
        return try visit.show(.mailbox, title: mailbox.address, content, status: refusal?.status ?? .ok)
    }

    private static func health(of mailbox: Mailbox, at now: Date) -> [String: Any] {
        let health = mailbox.health(at: now)
        var content: [String: Any] = ["health": health.badge.content, "words": mailbox.words(at: now)]
        content["advice"] = mailbox.advice(at: now)
        content["code"] = mailbox.problem?.rawValue
        content["isBad"] = mailbox.problem != nil
        content["since"] = mailbox.problemSince.map(ConsoleTime.text)
        if health == .disconnected { content["withdrawal"] = withdrawal(of: mailbox) }
        return content
    }

    /// The commands, shown to keys that may write.
    private static func commands(
        for mailbox: Mailbox, at now: Date, refusal: APIError?, entered: ParsedBody
    ) -> [String: Any] {
        var content: [String: Any] = [
            "mayRecheck": mailbox.access != nil,
            "reconnect": [
                "fields": ConsoleForm(
                    fields: ReconnectForm.fields(for: mailbox.accountType), entered: entered,
                    problems: refusal?.errors ?? []
                ).content
            ],
        ]
        if mailbox.health(at: now) != .disconnected { content["disconnect"] = withdrawal(of: mailbox) }
        content["delete"] = mailbox.uses.isEmpty ? withdrawal(of: mailbox) : nil
        return content
    }

    /// What a disconnect ends at Microsoft, and what it does not.
    private static func withdrawal(of mailbox: Mailbox) -> [String: Any] {
        let withdrawal = ConsentWithdrawal(accountType: mailbox.accountType)
        return ["text": withdrawal.text, "whatStays": withdrawal.whatStays, "url": withdrawal.url]
    }

    private static func facts(_ mailbox: Mailbox, at now: Date) -> [[String: Any]] {
        let access = mailbox.access
        let days = access.map { $0.ageInDays(at: now) }
        let all: [(String, String)] = [
            ("Address", mailbox.address), ("Signs in as", mailbox.userPrincipalName),
            ("Account type", mailbox.accountType.label), ("Microsoft tenant", mailbox.tid.uuidString.lowercased()),
            ("Permissions", access?.level.label ?? "none"), ("Scopes", access?.scopes.joined(separator: ", ") ?? ""),
            ("Consented", access.map { ConsoleTime.text($0.grantedAt) } ?? ""),
            ("Age of the consent", days.map { $0 == 1 ? "1 day" : "\($0) days" } ?? ""),
            ("Token renewed", access.map { ConsoleTime.text($0.refreshedAt) } ?? ""),
            ("Last success", ConsoleTime.text(mailbox.lastSuccessAt, otherwise: "none yet")),
            ("Disconnected", mailbox.disconnectedAt.map(ConsoleTime.text) ?? ""),
            ("First connected", ConsoleTime.text(mailbox.createdAt)), ("Changed", ConsoleTime.text(mailbox.updatedAt)),
            ("Mailbox id", String(mailbox.id)),
        ]
        return all.filter { !$0.1.isEmpty }.map { ["name": $0.0, "value": $0.1] }
    }
}

/// The form that creates a reconnect link.
enum ReconnectForm {
    static func fields(for accountType: AccountType) -> [FormField] {
        let same = [("", "as before")]
        return [.permissions(standard: same, levels: PermissionLevel.allCases), .lifetime()]
            + (accountType == .organization ? [.sharedMailboxes(standard: same)] : [])
    }
}
