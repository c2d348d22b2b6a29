import Foundation

/// A message on its way into a mailbox.
struct Arrival: Sendable {
    let owner: AccountID
    var content: MessageContent
    var internetMessageID: String
    var sentAt: Date
    /// A well-known name or an id.
    var folder = "inbox"
    /// Nil for the time at which it arrives.
    var receivedAt: Date?
    var isRead = false
    var itemClass = "IPM.Note"
    var headers: [Message.Header] = []
}

extension SimulatorState {
    /// Puts an arriving message into its mailbox, if there still is one.
    @discardableResult
    mutating func receive(_ arrival: Arrival, at date: Date) -> Message? {
        guard let owner = directory.account(arrival.owner), hasMailbox(owner) else { return nil }
        var message = newMessage(arrival.content, isDraft: false, at: arrival.receivedAt ?? date)
        message.createdAt = date
        message.modifiedAt = date
        message.internetMessageID = arrival.internetMessageID
        message.sentAt = arrival.sentAt
        message.isRead = arrival.isRead
        message.isReceived = true
        message.itemClass = arrival.itemClass
        message.receivedHeaders = arrival.headers
        return store(message, of: owner, in: arrival.folder)
    }
}
