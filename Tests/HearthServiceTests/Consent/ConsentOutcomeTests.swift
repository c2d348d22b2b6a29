import HTTPTypes
import HearthTesting
import HummingbirdTesting
import MicrosoftSimulator
import Postgres
import StrictJSON
import Testing

@testable import HearthMailboxes
@testable import HearthOnboarding

/// Every outcome of a return that does not connect the mailbox, from the callback to the database, the feed and the page.
@Suite("Consents that are not completed", .timeLimit(.minutes(2)))
struct ConsentOutcomeTests {
    @Test(
        "an outcome is kept and announced once, nothing is connected, and the link stays good",
        arguments: ConsentOutcomeCase.all)
    func outcome(of each: ConsentOutcomeCase) async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            try await each.prepare(service, partner)
            let link = try await partner.link(each.email, each.members)
            let before = try await Connected(service.database)
            let position = try await partner.events().last?.position ?? 0
            for attempt in 1...2 {
                service.clock.advance(1)
                let page = try await service.follow(link.url, decision: each.decision, account: each.account)
                let mayBeRepeated = each.outcome.kind == .failed && each.outcome.code.isTransient
                #expect(page.status == (mayBeRepeated ? .serviceUnavailable : .ok))
                #expect(page.text.contains(Self.escaped(each.title.english)), "\(page.text)")
                #expect(!page.text.contains("AADSTS") && !page.text.contains("ErrorAcc"))
                #expect(try await Connected(service.database) == before)
                let consent = try await partner.consent(link)
                #expect(consent["status"] == .string(each.outcome.kind.rawValue))
                #expect(consent["outcome_code"] == .string(each.outcome.code.rawValue))
                #expect(consent["attempts"] == .integer(Int64(attempt)))
                #expect(try await isOpen(link, service))
            }
            let events = try await partner.events(after: position)
            #expect(events.map(\.type) == (each.outcome.isAnnounced ? ["consent.\(each.outcome.kind.rawValue)"] : []))
            #expect(events.allSatisfy { $0.data["outcome_code"] == .string(each.outcome.code.rawValue) })
            #expect(service.microsoft.codeUses.values.allSatisfy { $0.attempts <= 1 }, "a code was sent twice")
            #expect(service.log.errors == [])

            each.clear(service)
            guard each.isCured, each.outcome.code != .addressHeld else { return }
            let page = try await service.follow(link.url)
            #expect(page.text.contains(OwnerPhrase.connectedTitle.english), "\(page.text)")
            #expect(try await partner.consent(link)["outcome_code"] == .null)
            let types = try await partner.events(after: events.last?.position ?? position).map(\.type)
            #expect(types.sorted() == ["campaign.pending", "consent.completed"])
        }
    }

    @Test("no outcome is missing from the table above, but the one below")
    func completeness() {
        let covered = Set(ConsentOutcomeCase.all.map(\.outcome.code)).union([.campaignDeleted])
        #expect(covered == Set(ConsentOutcome.Code.allCases))
    }

    @Test("a link that outlives its campaign connects nothing")
    func campaignDeleted() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let campaign = try await partner.connect("ann@corp.example")
            let answer = try await partner.call(.patch, "/campaigns/\(campaign)")
            let link = TestLink(
                url: try #require(answer.data?["url"]?.asString, "\(answer.text)"),
                consent: try #require(answer.data?["reconnect_consent_id"]?.asInteger))
            #expect(try await partner.call(.delete, "/campaigns/\(campaign)").status == .ok)
            // A deletion ends the links of its campaign; this one was made at the same moment.
            _ = try await service.database.write(
                """
                UPDATE consents SET status = 'open' WHERE tenant_id = \(partner.tenant) AND consent_id = \(link.consent)
                """)
            let position = try await partner.events().last?.position ?? 0
            let page = try await service.follow(link.url)
            #expect(page.status == .ok)
            #expect(page.text.contains(OwnerPhrase.unwantedTitle.english), "\(page.text)")
            #expect(try await partner.consent(link)["outcome_code"] == .string("CAMPAIGN_DELETED"))
            #expect(try await partner.events(after: position).map(\.type) == ["consent.failed"])
            #expect(try await Connected(service.database).liveGrants == 0)
        }
    }

    private func isOpen(_ link: TestLink, _ service: TestService) async throws -> Bool {
        try await !service.database.read(
            """
            SELECT FROM consents WHERE consent_id = \(link.consent) AND status = 'open' AND lease_until IS NULL
            """
        ).isEmpty
    }

    /// As the templates write it.
    private static func escaped(_ text: String) -> String { text.replacing("'", with: "&#39;") }

    /// What a completed consent leaves behind.
    private struct Connected: Equatable {
        let mailboxes: Int
        let campaigns: Int
        let liveGrants: Int

        init(_ database: Database) async throws {
            let rows = try await database.read(
                """
                SELECT (SELECT count(*) FROM mailboxes) AS mailboxes, (SELECT count(*) FROM campaigns) AS campaigns,
                    (SELECT count(*) FROM grants WHERE state = 'live' OR refresh_token IS NOT NULL) AS grants
                """)
            let row = try #require(rows.first)
            (mailboxes, campaigns, liveGrants) = (try row["mailboxes"], try row["campaigns"], try row["grants"])
        }
    }
}
