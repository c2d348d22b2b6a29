import Foundation

/// What happens later on the simulator's clock, in the order in which it becomes due.
struct Agenda: Sendable {
    enum Event: Sendable {
        /// A message reaches a mailbox from outside or from another one.
        case arrival(Arrival)
        /// The copy of a sent message appears in Sent Items.
        case sentCopy(Message, of: AccountID)
        /// A mailbox answers by itself.
        case automaticReply(MessageContent, from: AccountID)
        /// Zero-hour auto purge looks at a message, named by its immutable id.
        case purge(String, of: AccountID)
    }

    private struct Entry: Sendable {
        let due: Date
        /// Keeps events of the same time in order.
        let number: Int
        let event: Event
    }

    /// The next one last.
    private var entries: [Entry] = []
    private var count = 0

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ event: Event, due: Date) {
        count += 1
        let entry = Entry(due: due, number: count, event: event)
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].due > due { low = middle + 1 } else { high = middle }
        }
        entries.insert(entry, at: low)
    }

    /// The next event that is due, with the time at which it became due.
    mutating func next(at now: Date) -> (due: Date, event: Event)? {
        guard let last = entries.last, last.due <= now else { return nil }
        entries.removeLast()
        return (last.due, last.event)
    }
}

extension SimulatorState {
    /// Lets everything happen that is due. Called before the state is read, so that a moved clock takes effect at once.
    mutating func settle() {
        while let (due, event) = agenda.next(at: now) {
            switch event {
            case .arrival(let arrival): receive(arrival, at: due)
            case .sentCopy(let message, let owner): keepSentCopy(message, of: owner, at: due)
            case .automaticReply(let content, let owner): sendAutomaticReply(content, from: owner, at: due)
            case .purge(let id, let owner): purge(id, of: owner)
            }
        }
    }

    /// Does something `delay` seconds after `date`; at once if that has passed.
    mutating func plan(_ event: Agenda.Event, after delay: TimeInterval, from date: Date) {
        agenda.add(event, due: date.addingTimeInterval(delay))
        settle()
    }
}
