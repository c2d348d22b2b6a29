import HTTPTypes
import HearthRules
import HearthTesting
import HummingbirdTesting
import MicrosoftSimulator
import Postgres
import StrictJSON
import Testing

/// A connection is lost and comes back: everything that depends on the mailbox, and what its partner reads of it.
@Suite("Lost connections", .timeLimit(.minutes(2)))
struct LostConnectionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let problem: ConnectionProblem
        var condition: Condition.Kind?
        /// In place of a condition: what Graph answers for the mailbox. It has to say so twice.
        var graph: (status: Int, error: String)?
        /// Whether only a new consent of the owner brings it back.
        var endsGrant = false

        var testDescription: String { "\(problem.rawValue) \(condition?.rawValue ?? graph?.error ?? "by its partner")" }
    }

    private static let rows: [Row] = [
        .init(problem: .revoked, condition: .sessionsRevoked, endsGrant: true),
        .init(problem: .revoked, condition: .consentRemoved, endsGrant: true),
        .init(problem: .expired, condition: .signInFrequency, endsGrant: true),
        .init(problem: .expired, condition: .mfaRequired),
        .init(problem: .policyBlocked, condition: .conditionalAccess),
        .init(problem: .accountDisabled, condition: .disabled),
        .init(problem: .scopeMissing, graph: (403, "ErrorAccessDenied")),
        .init(problem: .mailboxMissing, graph: (404, "MailboxNotEnabledForRESTAPI")),
        .init(problem: .disconnected, endsGrant: true),
    ]

    private static let address = "ann@corp.example"
    private static let shared = "sales@corp.example"

    @Test(
        "the campaign is paused, what is shared falls with it, each says so once, and both come back as they may",
        arguments: rows)
    func lostAndRestored(_ row: Row) async throws {
        try await withSharedMailbox { service, partner, campaign in
            try await lose(row, service, partner, campaign)
            // A look that finds the same again says nothing.
            let position = try #require(try await partner.events().last?.position)
            service.clock.advance(7_200)
            try await service.drain(service.grants)
            #expect(try await partner.events(after: position).isEmpty)
            try await restore(row, service, partner, campaign)
            #expect(service.log.errors == [])
        }
    }

    @Test("every problem of a connection is in the table")
    func completeness() { #expect(Set(Self.rows.map(\.problem)) == Set(ConnectionProblem.allCases)) }

    @Test("a paused campaign carries the problem and does not move")
    func paused() async throws {
        try await withSharedMailbox { service, partner, campaign in
            _ = try await partner.command("pause", campaign)
            let before = try await partner.campaign(campaign)
            let position = try #require(try await partner.events().last?.position)
            #expect(service.microsoft.put(Condition(.sessionsRevoked), on: .account(Self.address)))
            // An idle connection is looked at once a month.
            service.clock.advance(31 * 86_400)
            try await service.drain(service.grants)
            let after = try await partner.campaign(campaign)
            #expect((after["status_code"], after["version"]) == (.string("paused"), before["version"]))
            #expect(after["connection_problem_code"] == .string("CONNECTION_REVOKED"))
            let types = try await partner.events(after: position).map(\.type)
            #expect(types == ["shared_mailbox.disconnected", "mailbox.disconnected"])
        }
    }

    @Test("one report of Graph changes nothing, and is forgotten when the next look succeeds")
    func suspicion() async throws {
        try await withSharedMailbox { service, partner, campaign in
            let before = try await partner.campaign(campaign)
            let position = try #require(try await partner.events().last?.position)
            for _ in 0..<2 {
                var fault = Fault()
                (fault.operation, fault.status, fault.error) = (.messages, 403, "ErrorAccessDenied")
                (fault.account, fault.times) = (Self.address, 1)
                service.microsoft.addFault(fault)
                service.clock.advance(86_400)
                try await service.drain(service.grants)
                #expect(try await suspected(service.database) == "CONNECTION_SCOPE_MISSING")
                service.clock.advance(GrantSchedule.confirmation)
                try await service.drain(service.grants)
                #expect(try await suspected(service.database) == nil)
            }
            #expect(try await partner.campaign(campaign) == before)
            #expect(try await partner.events(after: position).isEmpty)
        }
    }

    @Test("a grant that nobody starts is destroyed after its time, without a call to Microsoft")
    func unstarted() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let campaign = try await partner.connect(Self.address)
            let position = try #require(try await partner.events().last?.position)
            service.microsoft.clearRequests()
            service.clock.advance(GrantSchedule.standard.unstartedLife - 1)
            #expect(try await service.drain(service.grants) == 0)
            service.clock.advance(1)
            #expect(try await service.drain(service.grants) == 1)
            #expect(service.microsoft.requests.isEmpty)
            let shown = try await partner.campaign(campaign)
            #expect(
                (shown["status_code"], shown["connection_problem_code"]) == (
                    .string("pending"), .string("CONNECTION_EXPIRED")
                ))
            #expect(try await grant(service.database) == Grant(state: "dead", hasToken: false))
            #expect(try await partner.events(after: position).map(\.type) == ["mailbox.disconnected"])
        }
    }

    // MARK: The way there and back

    /// A mailbox with an active campaign, whose token a shared mailbox borrows.
    private func withSharedMailbox(
        _ body: @escaping @Sendable (TestService, TestPartner, _ campaign: Int64) async throws -> Void
    ) async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let microsoft = service.microsoft
            microsoft.addAccount(AccountOptions(address: Self.address))
            var options = SharedMailboxOptions(address: Self.shared)
            options.delegates = [Self.address: [.fullAccess]]
            _ = microsoft.addSharedMailbox(options)
            let link = try await partner.link(Self.address, #""shared_mailboxes":true"#)
            _ = try await service.follow(link.url)
            let consent = try await partner.consent(link)
            let (campaign, mailbox) = (
                try #require(consent["campaign_id"]?.asInteger), try #require(consent["mailbox_id"]?.asInteger)
            )
            let added = try await partner.call(
                .post, "/shared-mailboxes", #"{"address":"\#(Self.shared)","mailbox_id":\#(mailbox)}"#)
            try #require(added.status == .created, "\(added.text)")
            try await partner.bring(campaign, to: .active)
            try await body(service, partner, campaign)
        }
    }

    private func lose(
        _ row: Row, _ service: TestService, _ partner: TestPartner, _ campaign: Int64
    ) async throws {
        let position = try #require(try await partner.events().last?.position)
        if let kind = row.condition {
            #expect(service.microsoft.put(Condition(kind), on: .account(Self.address)))
        } else if let (status, error) = row.graph {
            var fault = Fault()
            (fault.operation, fault.status, fault.error, fault.account) = (.messages, status, error, Self.address)
            service.microsoft.addFault(fault)
        } else {
            let mailbox = try await mailbox(service.database)
            #expect(try await partner.call(.post, "/mailboxes/\(mailbox)/disconnect").status == .ok)
        }
        // The daily look, and the second one that confirms what Graph says.
        service.clock.advance(86_400)
        try await service.drain(service.grants)
        if row.graph != nil {
            #expect(try await partner.events(after: position).isEmpty)
            service.clock.advance(GrantSchedule.confirmation)
            try await service.drain(service.grants)
        }
        let shown = try await partner.campaign(campaign)
        #expect((shown["status_code"], shown["connection_problem"]) == (.string("paused"), .bool(true)))
        #expect(shown["connection_problem_code"] == .string(row.problem.rawValue))
        #expect(
            try await grant(service.database)
                == Grant(
                    state: row.problem == .disconnected ? "replaced" : row.endsGrant ? "dead" : "live",
                    hasToken: !row.endsGrant))
        let events = try await partner.events(after: position)
        #expect(
            events.map(\.type) == [
                "shared_mailbox.disconnected", "campaign.connection_problem", "mailbox.disconnected",
            ])
        #expect(events.first?.data["code"] == .string(row.problem.rawValue))
        #expect(events.last?.data["code"] == .string(row.problem.rawValue))
        #expect(events.last?.data["remedy"] == .string(row.problem.remedy.rawValue))
        let resume = try await partner.command("resume", campaign)
        #expect((resume.status, resume.code) == (.conflict, row.problem.rawValue))
    }

    private func restore(
        _ row: Row, _ service: TestService, _ partner: TestPartner, _ campaign: Int64
    ) async throws {
        let position = try #require(try await partner.events().last?.position)
        service.microsoft.clearFaults()
        _ = service.microsoft.undo(nil, on: .account(Self.address))
        if row.endsGrant {
            let link = try await partner.link(Self.address, #""shared_mailboxes":true"#)
            _ = try await service.follow(link.url)
            #expect(try await partner.campaign(campaign)["status_code"] == .string("pending"))
        } else {
            service.clock.advance(86_400)
            try await service.drain(service.grants)
            #expect(
                try await partner.campaign(campaign)["status_code"] == .string("paused"),
                "resuming is its partner's step")
        }
        #expect(try await partner.campaign(campaign)["connection_problem"] == .bool(false))
        var expected = ["mailbox.reconnected"]
        // What its partner has ended stays ended.
        if row.problem != .disconnected { expected.append("shared_mailbox.reconnected") }
        if row.endsGrant { expected += ["campaign.pending", "consent.completed"] }
        #expect(try await partner.events(after: position).map(\.type).sorted() == expected.sorted())
        #expect(try await partner.command("start", campaign).status == .ok)
    }

    // MARK: The database

    private struct Grant: Equatable {
        let state: String
        let hasToken: Bool
    }

    /// The one that was made first.
    private func grant(_ database: Database) async throws -> Grant {
        let row = try #require(
            try await database.read(
                "SELECT state, refresh_token IS NOT NULL AS has FROM grants ORDER BY grant_id LIMIT 1"
            ).first)
        return Grant(state: try row["state"], hasToken: try row["has"])
    }

    private func mailbox(_ database: Database) async throws -> Int64 {
        try #require(try await database.read("SELECT mailbox_id FROM mailboxes").first)["mailbox_id"]
    }

    private func suspected(_ database: Database) async throws -> String? {
        try #require(try await database.read("SELECT suspected_problem FROM grants").first)[
            nullable: "suspected_problem"]
    }
}
