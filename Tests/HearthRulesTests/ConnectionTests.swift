import Foundation
import HearthRules
import Testing

@Suite("Health and check schedule of connections")
struct ConnectionTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func health(
        problem: ConnectionProblem? = nil, connected: Bool = true, inUse: Bool = true, success hours: Double?,
        connectedHoursAgo: Double = 100
    ) -> MailboxHealth {
        MailboxHealth(
            problem: problem, isConnected: connected, isInUse: inUse,
            lastSuccess: hours.map { Self.now.addingTimeInterval(-$0 * 3_600) },
            connectedAt: Self.now.addingTimeInterval(-connectedHoursAgo * 3_600), at: Self.now)
    }

    @Test("error takes precedence over disconnected, disconnected over stale")
    func badge() {
        #expect(health(success: 1) == .healthy)
        #expect(health(success: 25) == .healthy)
        #expect(health(success: 25.001) == .stale)
        #expect(
            health(inUse: false, success: 2_000, connectedHoursAgo: 3_000) == .healthy,
            "an idle mailbox is not checked daily")
        #expect(health(success: nil, connectedHoursAgo: 24) == .neverSynced)
        #expect(health(success: nil, connectedHoursAgo: 26) == .stale)
        // A success before the consent does not count.
        #expect(health(inUse: false, success: 101, connectedHoursAgo: 100) == .neverSynced)
        #expect(health(success: 101, connectedHoursAgo: 24) == .neverSynced)
        #expect(health(connected: false, success: 1) == .disconnected)
        #expect(health(problem: .revoked, connected: false, success: 1) == .error)
        #expect([MailboxHealth.healthy, .error, .stale].max() == .error)
    }

    @Test("mailboxes in use are checked daily, idle ones within thirty days, unstarted ones once at the end")
    func schedule() {
        let schedule = GrantSchedule.standard
        for random in [0, 0.5, 0.999] {
            let daily = schedule.next(.active, after: Self.now, random: random).timeIntervalSince(Self.now)
            #expect((23 * 3_600...24 * 3_600).contains(daily))
            let monthly = schedule.next(.idle, after: Self.now, random: random).timeIntervalSince(Self.now)
            #expect((27 * 86_400...30 * 86_400).contains(monthly))
            #expect(monthly < GrantSchedule.idleLife)
        }
        #expect(schedule.next(.unstarted, after: Self.now, random: 0.5).timeIntervalSince(Self.now) == 30 * 86_400)
    }

    @Test("after transient faults it waits longer each time, and at least as long as Microsoft asks")
    func backoff() {
        let pauses = (1...12).map {
            GrantSchedule.standard.next(afterRetries: $0, at: Self.now, retryAfter: nil, random: 0)
                .timeIntervalSince(Self.now)
        }
        #expect(pauses.prefix(3) == [300, 600, 1_200])
        #expect(pauses.max() == 21_600.0)
        let asked = GrantSchedule.standard.next(afterRetries: 1, at: Self.now, retryAfter: 5_000, random: 0)
        #expect(asked.timeIntervalSince(Self.now) == 5_000)
    }

    @Test("every problem has a text and says who can fix it")
    func problems() {
        for problem in ConnectionProblem.allCases {
            #expect(problem.rawValue.hasPrefix("CONNECTION_"))
            #expect(problem.words.hasSuffix("."))
        }
    }
}
