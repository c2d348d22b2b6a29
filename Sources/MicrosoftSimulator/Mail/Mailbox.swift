import Foundation

/// A mailbox: folders and messages, and what a delta needs to know of their past.
struct Mailbox: Sendable {
    struct Folder: Sendable {
        let id: String
        /// The well-known name, which paths accept in place of the id.
        let name: String
    }

    /// A message that has left a folder: it was moved or deleted.
    struct Departure: Sendable {
        let folder: String
        let id: String
        let immutableID: String
        let receivedAt: Date
        /// When it came into the folder, and when it left.
        let arrivedAt: Int
        let version: Int
    }

    let folders: [Folder]
    /// In order of arrival; nil where a message was removed, so that the others keep their positions.
    private var entries: [Message?] = []
    private var positions: [String: Int] = [:]
    /// Positions by internet message id; several copies of one message may lie here.
    private var positionsByInternetID: [String: [Int]] = [:]
    private(set) var departures: [Departure] = []
    /// Counts the changes to messages. It orders them even if the clock stands still.
    private(set) var version = 0
    /// Delta tokens of an earlier epoch have expired.
    var deltaEpoch = 0

    init(random: inout SeededGenerator) {
        folders = FolderNames.wellKnown.map { Folder(id: "AAMkAG\(random.word(106))=", name: $0) }
    }

    /// In order of arrival.
    var messages: [Message] { entries.compactMap { $0 } }

    func folder(_ name: String) -> Folder? {
        folders.first { $0.id == name || $0.name == name.lowercased() }
    }

    /// By regular or immutable id. Ids are case-sensitive.
    func message(_ id: String) -> Message? {
        positions[id].flatMap { entries[$0] }
    }

    /// The conversation of the first of these internet message ids that is in the mailbox.
    func conversation(ofAny internetMessageIDs: [String]) -> String? {
        for id in internetMessageIDs {
            for position in positionsByInternetID[id] ?? [] {
                if let found = entries[position] { return found.conversationID }
            }
        }
        return nil
    }

    /// Returns the message with its place and version.
    @discardableResult
    mutating func add(_ message: Message) -> Message {
        version += 1
        var placed = message
        placed.version = version
        placed.arrivedAt = version
        placed.position = entries.count
        positions[placed.id] = entries.count
        positions[placed.immutableID] = entries.count
        positionsByInternetID[placed.internetMessageID, default: []].append(entries.count)
        entries.append(placed)
        return placed
    }

    /// Changes a message in its folder.
    @discardableResult
    mutating func update(_ id: String, _ change: (inout Message) -> Void) -> Message? {
        guard let position = positions[id], var message = entries[position] else { return nil }
        entries[position] = nil
        let before = message.internetMessageID
        change(&message)
        version += 1
        message.version = version
        if message.internetMessageID != before {
            positionsByInternetID[message.internetMessageID, default: []].append(position)
        }
        entries[position] = message
        return message
    }

    /// Moves a message: it gets a new regular id, and the immutable one stays.
    @discardableResult
    mutating func move(_ id: String, to folder: String, newID: String) -> Message? {
        guard let position = positions[id], var message = entries[position] else { return nil }
        depart(message)
        positions[message.id] = nil
        version += 1
        message.id = newID
        message.folder = folder
        message.version = version
        message.arrivedAt = version
        positions[newID] = position
        entries[position] = message
        return message
    }

    @discardableResult
    mutating func remove(_ id: String) -> Message? {
        guard let position = positions[id], let message = entries[position] else { return nil }
        depart(message)
        positions[message.id] = nil
        positions[message.immutableID] = nil
        entries[position] = nil
        return message
    }

    private mutating func depart(_ message: Message) {
        version += 1
        departures.append(
            Departure(
                folder: message.folder, id: message.id, immutableID: message.immutableID,
                receivedAt: message.receivedAt, arrivedAt: message.arrivedAt, version: version
            )
        )
    }
}
