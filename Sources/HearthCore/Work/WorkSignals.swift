package import Logging
package import Postgres
import ServiceLifecycle
import Synchronization

/// Signals workers, in this and in other processes, that there may be work.
///
/// Workers of this process are signalled directly. Other processes get a `NOTIFY` outside any transaction, at most one per
/// 20 ms, because a notification inside a commit takes a lock that all commits share. Workers also poll every second.
package final class WorkSignals: Sendable {
    package static let channel = "hearth_work"

    /// Each signal wakes one worker of this process.
    package let deliveries = Signal()
    package let jobs = Signal()
    package let grants = Signal()
    package let mail = Signal()
    package let submissions = Signal()
    package let watches = Signal()

    private let database: Database
    private let notification = Signal()

    package init(_ database: Database) {
        self.database = database
    }

    /// Must be called after the commit of an event.
    package func eventCommitted() {
        deliveries.raise()
        notification.raise()
    }

    /// Must be called after the commit of a job.
    package func jobCommitted() {
        jobs.raise()
        notification.raise()
    }

    /// Must be called after a commit that makes grants due.
    package func grantsDue() {
        grants.raise()
        notification.raise()
    }

    /// Must be called after the commit of an e-mail to be sent.
    package func mailCommitted() {
        mail.raise()
        notification.raise()
    }

    /// Must be called after the commit of a message to be sent from a mailbox.
    package func messageCommitted() {
        submissions.raise()
        notification.raise()
    }

    /// Must be called after a commit that makes the watch of a mailbox due.
    package func watchDue() {
        watches.raise()
        notification.raise()
    }

    /// Called for a hint from another process.
    package func receivedFromOtherProcess() {
        for signal in [deliveries, jobs, grants, mail, submissions, watches] { signal.raise() }
    }

    /// Passes hints on to other processes until cancelled.
    package func forward(logger: Logger) async {
        while !Task.isCancelled {
            await notification.wait(atMost: .seconds(3600))
            if Task.isCancelled { return }
            do {
                _ = try await database.write("SELECT pg_notify(\(Self.channel), '')")
            } catch {
                logger.debug(
                    "Could not notify other processes of new work; they poll every second",
                    metadata: ["error": "\(error)"]
                )
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
