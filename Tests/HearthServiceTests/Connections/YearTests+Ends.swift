import Foundation
import HearthRules
import HearthTesting
import MicrosoftSimulator
import Postgres
import Testing

@testable import HearthMailboxes

/// The expectations at the end of the year.
extension YearTests {
    /// Unstarted mailboxes cause no calls at all.
    static func expectSilence(_ world: SimulatedWorld) throws {
        for address in addresses(ofGroup: "unstarted") {
            #expect(world.microsoft.calls(of: .account(address)) == CallCounts())
        }
    }

    static func expectEnd(of group: Group, at index: Int, _ world: SimulatedWorld) async throws {
        let rows = try await world.database.read(
            """
            SELECT m.problem, c.status, g.state, g.refresh_token IS NOT NULL AS has_token, g.refreshed_at, m.last_success_at,
                (SELECT count(*) FROM events e WHERE e.tenant_id = 1 AND e.type = 'mailbox.disconnected'
                    AND e.ordering_key = 'mailbox:' || m.mailbox_id) AS told
            FROM mailboxes m JOIN grants g ON g.tenant_id = 1 AND g.mailbox_id = m.mailbox_id
            JOIN campaigns c ON c.tenant_id = 1 AND c.mailbox_id = m.mailbox_id
            WHERE m.tenant_id = 1 AND m.mailbox_id BETWEEN \(first(index)) AND \(first(index) + 9_999)
            """)
        #expect(rows.count == group.count)
        for row in rows {
            let problem: String? = try row[nullable: "problem"]
            #expect(problem == group.problem?.rawValue, "\(group.name)")
            #expect(try row["status"] == group.end, "\(group.name)")
            #expect(try row["told"] == (group.problem == nil ? 0 : 1), "\(group.name)")
            #expect(try row["state"] == (group.keepsGrant ? GrantState.live : .dead), "\(group.name)")
            #expect(try row["has_token"] == group.keepsGrant, "\(group.name)")
            guard group.problem == nil else { continue }
            let refreshed: Date = try row["refreshed_at"]
            let life: TimeInterval = group.status == .active ? 1 : 30
            #expect(world.clock.now.timeIntervalSince(refreshed) < (life + 0.3) * 86_400, "\(group.name)")
        }
    }

    /// No more calls are made than needed.
    static func expectModesty(_ world: SimulatedWorld) async throws {
        try expectSilence(world)
        for group in groups where group.problem == nil {
            let most = group.status == .active ? 385 : 15
            for address in addresses(of: group) {
                let calls = try #require(world.microsoft.calls(of: .account(address)))
                // While the secret was expired, some of them were used to try the application.
                #expect(calls.refreshes - calls.refused <= most, "\(address)")
                #expect(calls.refreshes >= (group.status == .active ? 300 : 11), "\(address)")
                #expect(calls.total - calls.refused <= 2 * most, "\(address)")
                #expect(calls.highestConcurrency == 1)
            }
        }
        // A grant that may work again is checked once a day: at most two calls, and a few more on the first day.
        var refusedDaily = 0
        for group in groups where group.problem != nil && group.keepsGrant {
            for address in addresses(of: group) {
                let calls = try #require(world.microsoft.calls(of: .account(address)))
                #expect(calls.total <= 2 * (365 + 10), "\(address)")
                refusedDaily += calls.refused
            }
        }
        // Half a day without a secret is 144 pauses of five minutes; the rest is each scripted mailbox's own refusal.
        #expect(world.microsoft.calls.all.refused - refusedDaily < 144 + 40 + 105)
        #expect(world.microsoft.calls.highestOrganizationConcurrency <= MaintainGrants.perOrganization)
    }

    private static func addresses(ofGroup name: String) -> [String] {
        groups.first { $0.name == name }.map(addresses) ?? []
    }
}
