package import HearthCore
import Hummingbird

/// Routes for mailboxes and shared mailboxes.
package struct MailboxAPI: PartnerFeature {
    package let connections: Connections

    package init(connections: Connections) {
        self.connections = connections
    }

    package func addRoutes(to partners: PartnerRoutes) {
        let dependencies = connections.dependencies
        let mailboxes = MailboxRoutes(connections)
        let disconnect = DisconnectRoutes(connections)
        let shared = SharedMailboxRoutes(connections: connections)
        let reading = partners.reading(.campaignsRead)
        reading.get("mailboxes", use: mailboxes.list)
        reading.get("mailboxes/:id", use: mailboxes.get)
        reading.get("mailboxes/:id/token-uses", use: TokenUseRoutes(database: dependencies.database).list)
        reading.get("account/health", use: mailboxes.health)
        reading.get("shared-mailboxes", use: shared.list)
        reading.get("shared-mailboxes/:id", use: shared.get)
        let writing = partners.writing(.campaignsWrite)
        writing.post("mailboxes/:id/recheck", .asksOutside, use: mailboxes.recheck)
        writing.post("mailboxes/:id/disconnect", use: disconnect.disconnect)
        writing.delete("mailboxes/:id", use: disconnect.delete)
        writing.post("shared-mailboxes", .asksOutside, use: shared.add)
        writing.delete("shared-mailboxes/:id", use: shared.remove)
    }
}
