import CLibPQ
import Foundation
import Glibc
import Synchronization

/// Listens on a channel with its own connection and thread. A notification is only a hint: `hear` is also called after
/// every connect, because notifications may have been missed. Payloads are not passed on, so that nothing can depend on
/// them.
package final class Listener: Sendable {
    private let settings: DatabaseSettings
    private let channel: String
    private let hear: @Sendable () -> Void
    private let isStopping = Atomic(false)
    private let wakeUp = WakeUp()

    package init(_ settings: DatabaseSettings, channel: String, hear: @escaping @Sendable () -> Void) {
        self.settings = settings
        self.channel = channel
        self.hear = hear
    }

    /// Listens until cancelled, reconnecting whenever the connection dies.
    package func run() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let thread = Thread { [self] in
                    listenUntilStopped()
                    SanitizerFence.release()
                    continuation.resume()
                }
                thread.name = "postgres-listener"
                thread.start()
            }
            SanitizerFence.acquire()
        } onCancel: {
            isStopping.store(true, ordering: .releasing)
            wakeUp.raise()
        }
    }

    private func listenUntilStopped() {
        var pause: Int32 = 20
        while !isStopping.load(ordering: .acquiring) {
            let began = Monotonic.now
            do {
                let handle = try openConnection(.client(settings))
                defer { PQfinish(handle) }
                listen(on: handle)
            } catch {
                settings.onConnectionFailure?(error.reason)
            }
            // The pause also protects a server that ends every connection at once.
            pause = Monotonic.now - began > .seconds(1) ? 20 : min(pause * 2, 500)
            wait(for: nil, milliseconds: pause)
        }
    }

    /// Listens on one connection until it dies or the listener is stopped.
    private func listen(on handle: OpaquePointer) {
        guard let name = PQescapeIdentifier(handle, channel, channel.utf8.count) else { return }
        defer { PQfreemem(name) }
        let result = PQexec(handle, "LISTEN " + String(cString: name))
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else { return }
        settings.onConnect?(PQsocket(handle))
        hear()
        while !isStopping.load(ordering: .acquiring) {
            // Polls more often only if there was no descriptor for the wake-up.
            wait(for: handle, milliseconds: wakeUp.descriptor >= 0 ? 60_000 : 1_000)
            guard PQconsumeInput(handle) == 1 else { return }
            var hasHeard = false
            while let notification = PQnotifies(handle) {
                PQfreemem(notification)
                hasHeard = true
            }
            if hasHeard { hear() }
        }
    }

    /// Waits until the connection has input, the listener is stopped, or the time is up.
    private func wait(for handle: OpaquePointer?, milliseconds: Int32) {
        // `poll` ignores a negative descriptor.
        var descriptors = [
            pollfd(fd: handle.map { PQsocket($0) } ?? -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        poll(&descriptors, 2, milliseconds)
    }
}
