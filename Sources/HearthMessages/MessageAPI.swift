package import HearthCore
package import HearthMailboxes
import Hummingbird

/// Routes for messages and for the watch of mailboxes.
package struct MessageAPI: PartnerFeature {
    let connections: Connections

    package init(connections: Connections) {
        self.connections = connections
    }

    package func addRoutes(to partners: PartnerRoutes) {
        let dependencies = connections.dependencies
        let messages = MessageRoutes(dependencies: dependencies)
        let watches = WatchRoutes(dependencies: dependencies)
        let reading = partners.reading(.messagesRead)
        reading.get("mailboxes/:id/messages", use: messages.list)
        reading.get("messages/:id", use: messages.get)
        reading.get("mailboxes/:id/watch", use: watches.get)
        let writing = partners.writing(.messagesWrite)
        writing.post("mailboxes/:id/messages", use: messages.send)
        writing.delete("messages/:id", use: messages.cancel)
        writing.post("mailboxes/:id/watch", use: watches.begin)
        writing.delete("mailboxes/:id/watch", .asksOutside, use: EndWatch(connections).run)
        let sync = SyncRoutes(dependencies: dependencies, sync: SyncMailbox(connections))
        writing.post("mailboxes/:id/sync", .asksOutside, use: sync.run)
    }
}
