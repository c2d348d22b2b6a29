import CLibPQ
import Foundation
import Glibc
import Synchronization

/// Listens on a channel with a connection of its own. A notification is a hint: after every connect one is given,
/// because some may have been missed.
package final class Listener: Sendable {
    private let settings: DatabaseSettings
    private let channel: String
    private let hear: @Sendable () -> Void
    private let isStopping = Atomic(false)

    package init(_ settings: DatabaseSettings, channel: String, hear: @escaping @Sendable () -> Void) {
        self.settings = settings
        self.channel = channel
        self.hear = hear
    }

    /// Listens until cancelled.
    package func run() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread { [self] in
                    while !isStopping.load(ordering: .acquiring) { listen() }
                    continuation.resume()
                }
                thread.name = "postgres-listener"
                thread.start()
            }
        } onCancel: {
            isStopping.store(true, ordering: .releasing)
        }
    }

    /// One connection's life. Looks up from `poll` every 200 ms, to see whether it is to stop.
    private func listen() {
        let keywords = settings.keywords
        let names = CStringArray(keywords.map(\.0))
        let values = CStringArray(keywords.map(\.1))
        guard let handle = PQconnectdbParams(names.pointers, values.pointers, 1) else { return }
        defer { PQfinish(handle) }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        guard PQstatus(handle) == CONNECTION_OK, let name = PQescapeIdentifier(handle, channel, channel.utf8.count)
        else {
            poll(nil, 0, 200)
            return
        }
        defer { PQfreemem(name) }
        PQclear(PQexec(handle, "LISTEN " + String(cString: name)))
        hear()
        while !isStopping.load(ordering: .acquiring) {
            var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 200) > 0 else { continue }
            guard PQconsumeInput(handle) == 1 else { return }
            var hasHeard = false
            while let notification = PQnotifies(handle) {
                PQfreemem(notification)
                hasHeard = true
            }
            if hasHeard { hear() }
        }
    }
}
