import HTTPTypes
import HearthRules
import HearthTesting
import HummingbirdTesting
import MicrosoftSimulator
import Postgres
import Testing

/// A partner's commands on a campaign, through the API: what each does from each state, and what is kept of it.
@Suite("Commands on a campaign", .timeLimit(.minutes(2)))
struct CampaignCommandTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let from: CampaignStatus
        let command: String
        let to: CampaignStatus
        var status = HTTPResponse.Status.ok
        let code: String
        /// Nil if nothing is done.
        var event: String?

        var testDescription: String { "\(command) a campaign that is \(from.rawValue)" }
    }

    private static let rows: [Row] = [
        .init(from: .pending, command: "start", to: .active, code: "WARMUP_STARTED", event: "campaign.started"),
        .init(from: .pending, command: "resume", to: .active, code: "WARMUP_RESUMED", event: "campaign.started"),
        .init(
            from: .pending, command: "pause", to: .pending, status: .conflict, code: "INVALID_STATE_TRANSITION"),
        .init(from: .pending, command: "delete", to: .deleted, code: "CAMPAIGN_DELETED", event: "campaign.deleted"),
        .init(from: .active, command: "start", to: .active, code: "WARMUP_STARTED"),
        .init(from: .active, command: "resume", to: .active, code: "WARMUP_RESUMED"),
        .init(from: .active, command: "pause", to: .paused, code: "WARMUP_PAUSED", event: "campaign.paused"),
        .init(from: .active, command: "delete", to: .deleted, code: "CAMPAIGN_DELETED", event: "campaign.deleted"),
        .init(from: .paused, command: "start", to: .active, code: "WARMUP_STARTED", event: "campaign.resumed"),
        .init(from: .paused, command: "resume", to: .active, code: "WARMUP_RESUMED", event: "campaign.resumed"),
        .init(from: .paused, command: "pause", to: .paused, code: "WARMUP_PAUSED"),
        .init(from: .paused, command: "delete", to: .deleted, code: "CAMPAIGN_DELETED", event: "campaign.deleted"),
        .init(from: .deleted, command: "start", to: .deleted, status: .forbidden, code: "CAMPAIGN_NOT_FOUND"),
        .init(from: .deleted, command: "resume", to: .deleted, status: .forbidden, code: "CAMPAIGN_NOT_FOUND"),
        .init(from: .deleted, command: "pause", to: .deleted, status: .forbidden, code: "CAMPAIGN_NOT_FOUND"),
        .init(from: .deleted, command: "delete", to: .deleted, code: "CAMPAIGN_DELETED"),
    ]

    @Test("version, history, event and daily pool follow the state, and a refusal changes nothing", arguments: rows)
    func command(_ row: Row) async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let id = try await partner.connect("ann@corp.example")
            try await partner.bring(id, to: row.from)
            let before = try await Standing(of: id, service.database)
            let position = try #require(try await partner.events().last?.position)

            let answer = try await partner.command(row.command, id)
            #expect((answer.status, answer.code) == (row.status, row.code))
            let after = try await Standing(of: id, service.database)
            #expect(after.status == row.to)
            #expect(after.version == before.version + (row.event == nil ? 0 : 1))
            #expect(after.history == before.history + (row.event == nil ? 0 : 1))
            #expect(after.reserved == (row.to == .active ? after.emailPerDay : 0))
            #expect(after.liveGrants == (row.to == .deleted ? 0 : 1))
            #expect(try await partner.events(after: position).map(\.type) == (row.event.map { [$0] } ?? []))
            #expect(service.log.errors == [])
        }
    }

    @Test("every pair of state and command is in the table")
    func completeness() {
        #expect(Set(Self.rows.map { "\($0.from) \($0.command)" }).count == 4 * CampaignStatus.allCases.count)
    }

    @Test("a start beyond the tenant's daily pool is refused, and changes nothing")
    func pool() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let ids = [try await partner.connect("ann@corp.example"), try await partner.connect("bob@corp.example")]
            for id in ids {
                let change = try await partner.call(.patch, "/campaigns/\(id)", #"{"email_per_day":600}"#)
                try #require(change.status == .ok, "\(change.text)")
            }
            #expect(try await partner.command("start", ids[0]).status == .ok)
            let before = try await Standing(of: ids[1], service.database)
            let position = try #require(try await partner.events().last?.position)
            let answer = try await partner.command("start", ids[1])
            #expect((answer.status, answer.code) == (.conflict, "EMAIL_POOL_EXCEEDED"))
            #expect(try await Standing(of: ids[1], service.database) == before)
            #expect(try await partner.events(after: position).isEmpty)
            // What another campaign gives back is there again.
            let pause = try await partner.command("pause", ids[0])
            #expect(pause.status == .ok, "\(pause.text)")
            #expect(try await partner.command("start", ids[1]).status == .ok)
            #expect(try await Standing(of: ids[1], service.database).reserved == 600)
        }
    }

    @Test("the same Idempotency-Key gets the same answer, and the command is done once")
    func repeated() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let id = try await partner.connect("ann@corp.example")
            let key: HTTPFields = [try #require(.init("Idempotency-Key")): "start-1"]
            let first = try await partner.call(.patch, "/campaigns/\(id)/start-warmup", headers: key)
            #expect(try await partner.command("pause", id).status == .ok)
            let calls = service.microsoft.requestCounts
            let again = try await partner.call(.patch, "/campaigns/\(id)/start-warmup", headers: key)
            #expect(again.text == first.text)
            #expect(service.microsoft.requestCounts == calls, "Microsoft is not asked again")
            #expect(try await Standing(of: id, service.database).status == .paused)
            let types = try await partner.events().map(\.type)
            #expect(types.count { $0 == "campaign.started" } == 1)
        }
    }

    /// What the database has of a campaign, and of its tenant's pool.
    private struct Standing: Equatable {
        let status: CampaignStatus
        let version: Int
        let history: Int
        let emailPerDay: Int
        let reserved: Int
        let liveGrants: Int

        init(of id: Int64, _ database: Database) async throws {
            let rows = try await database.read(
                """
                SELECT c.status, c.version, c.email_per_day, p.reserved,
                    (SELECT count(*) FROM campaign_history h WHERE h.campaign_id = c.campaign_id) AS history,
                    (SELECT count(*) FROM grants g WHERE g.mailbox_id = c.mailbox_id AND g.state = 'live') AS grants
                FROM campaigns c JOIN tenant_pools p ON p.tenant_id = c.tenant_id WHERE c.campaign_id = \(id)
                """)
            let row = try #require(rows.first)
            status = try #require(CampaignStatus(rawValue: try row["status"]))
            version = try row["version"]
            history = try row["history"]
            emailPerDay = try row["email_per_day"]
            reserved = try row["reserved"]
            liveGrants = try row["grants"]
        }
    }
}

extension TestPartner {
    /// `start`, `resume`, `pause` or `delete`.
    func command(_ command: String, _ id: Int64) async throws -> TestResponse {
        command == "delete"
            ? try await call(.delete, "/campaigns/\(id)")
            : try await call(.patch, "/campaigns/\(id)/\(command)-warmup")
    }

    /// Leads a pending campaign to a state.
    func bring(_ id: Int64, to status: CampaignStatus) async throws {
        let way: [String] =
            switch status {
            case .pending: []
            case .active: ["start"]
            case .paused: ["start", "pause"]
            case .deleted: ["delete"]
            }
        for step in way {
            let answer = try await command(step, id)
            try #require(answer.status == .ok, "\(answer.text)")
        }
    }
}
