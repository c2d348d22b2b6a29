import Foundation
package import HearthRules
import HearthWeb
import StrictJSON

/// A filter for mailboxes. Nil values are ignored.
package struct MailboxFilter: Sendable, Equatable {
    package var health: MailboxHealth?
    package var accountType: AccountType?
    package var level: PermissionLevel?
    /// Whether there is a warning that its connection will end.
    var hasWarning: Bool?
    /// The key of an address, requested or actual.
    var addressKey: String?
    /// A substring of its address or user principal name, case-insensitive.
    package var addressPart: String?
    var tid: UUID?

    package init(health: MailboxHealth? = nil) {
        self.health = health
    }

    package var isEmpty: Bool { self == MailboxFilter() }

    init(_ fields: inout Fields) {
        health = fields.choice("health")
        accountType = fields.choice("account_type", or: "accountType")
        level = fields.choice("permission_level", or: "permissionLevel")
        hasWarning = fields.boolean("has_warning", or: "hasWarning")
        let address = fields.string("email", length: 1...320)
        addressKey = address.flatMap(EmailAddress.key(of:))
        if address != nil, addressKey == nil { fields.problem("email", "must be an e-mail address") }
        let tenant = fields.string("microsoft_tenant_id", or: "microsoftTenantId", length: 1...64)
        tid = tenant.flatMap(UUID.init(uuidString:))
        if tenant != nil, tid == nil { fields.problem("microsoft_tenant_id", "must be a UUID") }
    }
}
