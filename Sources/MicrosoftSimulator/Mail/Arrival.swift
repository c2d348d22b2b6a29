import Foundation

/// A message on its way into a mailbox.
struct Arrival: Sendable {
    let owner: AccountID
    var content: MessageContent
    var internetMessageID: String
    var sentAt: Date
    /// The account that sent it; nil if it comes from outside the simulator or from the server itself.
    var sender: AccountID?
    /// A well-known name or an id; nil for the place that the receiving server finds.
    var folder: String?
    /// Nil for the time at which it arrives.
    var receivedAt: Date?
    var isRead = false
    /// Whether a script wrote it; scripts do not answer each other.
    var isScripted = false
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
        // A report that waited was written when it arrived.
        message.sentAt = arrival.content.report == nil ? arrival.sentAt : date
        message.internetMessageID = arrival.internetMessageID
        message.isRead = arrival.isRead
        message.isReceived = true
        message.isScripted = arrival.isScripted
        message.itemClass = arrival.itemClass
        let author = arrival.content.from?.address ?? ""
        let isInternal = arrival.sender.flatMap { directory.account($0) }.map { isInside($0, owner) } ?? false
        let verdict = verdict(on: author, in: owner, isInternal: isInternal)
        let isReport = arrival.content.report != nil
        message.receivedHeaders =
            arrival.headers + (isReport ? [] : verdict.headers(sender: author, isInternal: isInternal))
        let stored = store(message, of: owner, in: arrival.folder ?? verdict.folder)
        if let seconds = verdict.purgeAfterSeconds, arrival.folder == nil {
            agenda.add(.purge(stored.immutableID, of: owner.id), due: date.addingTimeInterval(seconds))
        }
        answer(stored, in: owner, at: date)
        return stored
    }
}
