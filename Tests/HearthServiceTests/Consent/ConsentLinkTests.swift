import Foundation
import HTTPTypes
import HearthRules
import HearthTesting
import HummingbirdTesting
import MicrosoftSimulator
import Postgres
import StrictJSON
import Testing

@testable import HearthMailboxes
@testable import HearthOnboarding

/// Links that were used, have ended, or are not ours, and returns that cross each other.
@Suite("Links of consents", .timeLimit(.minutes(2)))
struct ConsentLinkTests {
    private static let callback = "/oauth/microsoft/callback"

    @Test("the same return again shows the same page and does nothing; another return finds the link used")
    func usedTwice() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let link = try await partner.link("ann@corp.example")
            let returns = [try await service.authorize(link.url), try await service.authorize(link.url)]
            let page = try await service.open(returns[0])
            #expect(page.text.contains(OwnerPhrase.connectedTitle.english))
            let before = try await facts(service.database)
            #expect(try await service.open(returns[0]).text == page.text)
            let other = try await service.open(returns[1])
            #expect(other.status == .conflict)
            #expect(other.text.contains(OwnerPhrase.usedTitle.english))
            #expect(try await facts(service.database) == before)
            #expect(service.microsoft.codeUses.values.allSatisfy { $0.attempts <= 1 }, "no code is sent twice")
            let types = try await partner.events().map(\.type)
            #expect(types.sorted() == ["campaign.pending", "consent.completed"])
        }
    }

    @Test("a return that failed is not sent to Microsoft again, although its link is still open")
    func replayed() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let link = try await partner.link("ann@corp.example")
            var fault = Fault()
            (fault.operation, fault.status, fault.times) = (.messages, 503, 1)
            service.microsoft.addFault(fault)
            let back = try await service.authorize(link.url)
            #expect(try await service.open(back).status == .serviceUnavailable)
            let before = try await partner.consent(link)
            #expect(before["outcome_code"] == .string("TEMPORARY_FAULT"))
            service.clock.advance(61)
            #expect(try await service.open(back).status == .serviceUnavailable)
            #expect(try await partner.consent(link) == before)
            #expect(service.microsoft.codeUses.values.map(\.attempts) == [1])
            #expect(try await service.follow(link.url).text.contains(OwnerPhrase.connectedTitle.english))
        }
    }

    @Test("two returns at once: one completes the consent, and one campaign comes of it")
    func atOnce() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let link = try await partner.link("ann@corp.example")
            let returns = [try await service.authorize(link.url), try await service.authorize(link.url)]
            async let first = service.get(returns[0])
            async let second = service.get(returns[1])
            let statuses = [try await first.status, try await second.status]
            #expect(statuses.contains(.seeOther))
            #expect(statuses.allSatisfy { [.seeOther, .conflict].contains($0) })
            #expect(try await partner.consent(link)["status"] == .string("completed"))
            #expect(try await facts(service.database) == Facts(campaigns: 1, grants: 1, mailboxes: 1))
        }
    }

    @Test(
        "what is not the state of a link is unknown, whatever else the return says",
        arguments: [
            "", "state=", "state=AAAA", "state=%00", "state={forged}", "state={other tenant}", "code=x&state={result}",
        ])
    func unknown(_ query: String) async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let other = try await service.partner()
            let link = try await partner.link("ann@corp.example")
            let state = try Self.state(in: try await service.authorize(link.url))
            // The same secret with the number of another tenant, or with a bit turned.
            let token = try #require(LinkToken(state))
            let elsewhere = LinkToken(tenantID: other.tenant, consentID: token.consentID, secret: token.secret)
            let forged = LinkToken(
                tenantID: token.tenantID, consentID: token.consentID,
                secret: token.secret.enumerated().map { $0 == 0 ? $1 ^ 1 : $1 })
            let declined = try await service.get(try await service.authorize(link.url, decision: "decline"))
            let result = try #require(declined.headers[.location]?.split(separator: "/").last)
            let before = try await partner.consent(link)
            let filled = query.replacing("{forged}", with: forged.text).replacing(
                "{other tenant}", with: elsewhere.text
            )
            .replacing("{result}", with: String(result))
            for way in ["code=x", "error=access_denied"] {
                let page = try await service.open("\(Self.callback)?\(way)&\(filled)")
                #expect(page.status == .notFound)
                #expect(page.text.contains(OwnerPhrase.unknownTitle.english))
            }
            #expect(try await partner.consent(link) == before)
            #expect(service.microsoft.codeUses.isEmpty, "Microsoft was not asked")
        }
    }

    @Test("a link that has ended connects nothing, and Microsoft is not asked", arguments: ["revoked", "expired"])
    func ended(_ how: String) async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let link = try await partner.link("ann@corp.example", #""expires_in":3600"#)
            let back = try await service.authorize(link.url)
            if how == "revoked" {
                #expect(try await partner.call(.delete, "/consents/\(link.consent)").status == .ok)
            } else {
                service.clock.advance(3_600)
            }
            let page = try await service.open(back)
            #expect(page.status == .gone)
            #expect(page.text.contains((how == "revoked" ? OwnerPhrase.revokedTitle : .expiredTitle).english))
            #expect(try await partner.consent(link)["status"] == .string(how))
            #expect(service.microsoft.codeUses.isEmpty)
            #expect(try await facts(service.database) == Facts(campaigns: 0, grants: 0, mailboxes: 0))
            let again = try await partner.call(.delete, "/consents/\(link.consent)")
            #expect(again.code == (how == "revoked" ? "CONSENT_REVOKED" : "CONSENT_ENDED"))
        }
    }

    @Test("while one return is being redeemed another waits; when that process has died, its lease ends")
    func redeeming() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let link = try await partner.link("ann@corp.example")
            // As a process leaves it that dies while it asks Microsoft.
            _ = try await service.database.write(
                """
                UPDATE consents SET status = 'redeeming', lease_no = 1,
                    lease_until = \(service.clock.now.addingTimeInterval(60)) WHERE consent_id = \(link.consent)
                """)
            let back = try await service.authorize(link.url)
            let page = try await service.open(back)
            #expect(page.text.contains(OwnerPhrase.waitingTitle.english), "\(page.text)")
            #expect(service.microsoft.codeUses.isEmpty)
            service.clock.advance(60)
            #expect(try await service.open(back).text.contains(OwnerPhrase.connectedTitle.english))
        }
    }

    @Test("a reconnect is for one account: another is a mismatch, and the former grant stays")
    func reconnect() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let campaign = try await partner.connect("ann@corp.example")
            try await partner.bring(campaign, to: .active)
            let answer = try await partner.call(.patch, "/campaigns/\(campaign)")
            let link = TestLink(
                url: try #require(answer.data?["url"]?.asString),
                consent: try #require(answer.data?["reconnect_consent_id"]?.asInteger))
            let position = try #require(try await partner.events().last?.position)
            let page = try await service.follow(link.url, account: "bob@corp.example")
            #expect(page.text.contains(OwnerPhrase.mismatchTitle.english))
            #expect(try await partner.events(after: position).map(\.type) == ["consent.mismatched"])
            #expect(try await partner.campaign(campaign)["status_code"] == .string("active"))
            #expect(try await facts(service.database) == Facts(campaigns: 1, grants: 1, mailboxes: 1))
            #expect(try await service.follow(link.url).text.contains(OwnerPhrase.connectedTitle.english))
            #expect(try await partner.campaign(campaign)["status_code"] == .string("active"))
            let types = try await partner.events(after: position + 1).map(\.type)
            #expect(types.sorted() == ["campaign.updated", "consent.completed"])
            #expect(try await facts(service.database) == Facts(campaigns: 1, grants: 1, mailboxes: 1))
        }
    }

    @Test("an administrator's approval lets the members of the organisation connect; a refusal approves nothing")
    func approval() async throws {
        try await TestService.with { service in
            service.microsoft.addOrganization(OrganizationOptions(domain: "corp.example", consentPolicy: .disabled))
            let partner = try await service.partner()
            let link = try await partner.link("ann@corp.example")
            #expect(try await service.follow(link.url).text.contains(OwnerPhrase.declinedTitle.english))
            let made = try await partner.call(.post, "/admin-consents", #"{"domain":"corp.example"}"#)
            let url = try #require(made.data?["url"]?.asString)
            let id = try #require(made.data?["admin_consent_id"]?.asInteger)
            for (decision, title, status) in [
                ("decline", OwnerPhrase.notApprovedTitle, "declined"), ("accept", .approvedTitle, "granted"),
            ] {
                let page = try await service.follow(url, decision: decision)
                #expect(page.text.contains(title.english), "\(page.text)")
                #expect(try await partner.call(.get, "/admin-consents/\(id)").data?["status"] == .string(status))
                #expect(try await partner.events().contains { $0.type == "admin_consent.\(status)" })
                #expect(try await facts(service.database).grants == 0, "it connects no mailbox")
            }
            #expect(try await service.follow(link.url).text.contains(OwnerPhrase.connectedTitle.english))
        }
    }

    private static func state(in location: String) throws -> String {
        let query = try #require(URLComponents(string: location)?.queryItems)
        return try #require(query.first { $0.name == "state" }?.value)
    }

    private struct Facts: Equatable {
        let campaigns: Int
        let grants: Int
        let mailboxes: Int
    }

    private func facts(_ database: Database) async throws -> Facts {
        let rows = try await database.read(
            """
            SELECT (SELECT count(*) FROM campaigns WHERE status <> 'deleted') AS campaigns,
                (SELECT count(*) FROM grants WHERE state = 'live') AS grants,
                (SELECT count(*) FROM mailboxes) AS mailboxes
            """)
        let row = try #require(rows.first)
        return Facts(campaigns: try row["campaigns"], grants: try row["grants"], mailboxes: try row["mailboxes"])
    }
}
