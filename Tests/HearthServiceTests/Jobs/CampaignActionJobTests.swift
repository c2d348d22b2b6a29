import HTTPTypes
import HearthCore
import HearthTesting
import HummingbirdTesting
import MicrosoftSimulator
import Postgres
import StrictJSON
import Testing

/// A command over many campaigns, as a job that a test carries out slice by slice.
@Suite("Commands over many campaigns", .timeLimit(.minutes(2)))
struct CampaignActionJobTests {
    /// Ten campaigns: a slice of eight and one of two.
    private static let addresses = (0..<10).map { "m\($0)@corp.example" }

    private func with(
        _ body: @escaping @Sendable (TestService, TestPartner, _ campaigns: [Int64]) async throws -> Void
    ) async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            var campaigns: [Int64] = []
            for address in Self.addresses { campaigns.append(try await partner.connect(address)) }
            try await body(service, partner, campaigns)
        }
    }

    private func begin(_ action: String, _ campaigns: [Int64], by partner: TestPartner) async throws -> Int64 {
        let ids = campaigns.map(String.init).joined(separator: ",")
        let answer = try await partner.call(.post, "/campaigns/actions", #"{"action":"\#(action)","ids":[\#(ids)]}"#)
        #expect((answer.status, answer.code) == (.accepted, "JOB_ACCEPTED"))
        return try #require(answer.data?["id"]?.asInteger)
    }

    @Test("each slice is a commit of its own; the second ends the job")
    func slices() async throws {
        try await with { service, partner, campaigns in
            let job = try await begin("start", campaigns, by: partner)
            #expect(try await started(service.database) == 0, "nothing happens in the request")
            #expect(try await service.look(service.jobs) == 1)
            #expect(try await shown(job, partner) == Shown(status: "running", succeeded: 8))
            #expect(try await started(service.database) == 8)
            #expect(try await service.look(service.jobs) == 1)
            #expect(try await shown(job, partner) == Shown(status: "completed", succeeded: 10))
            #expect(try await service.look(service.jobs) == 0)
            try await expectStartedOnce(campaigns, partner, service)
            #expect(service.log.errors == [] && service.log.texts == [])
        }
    }

    @Test("a cancelled job keeps what it has done and does no more")
    func cancelled() async throws {
        try await with { service, partner, campaigns in
            let job = try await begin("start", campaigns, by: partner)
            try await service.look(service.jobs)
            #expect(try await partner.call(.delete, "/jobs/\(job)").code == "JOB_CANCELLED")
            #expect(try await service.drain(service.jobs) == 0)
            #expect(try await shown(job, partner) == Shown(status: "cancelled", reason: "REQUESTED", succeeded: 8))
            #expect(try await started(service.database) == 8)
            #expect(try await partner.call(.delete, "/jobs/\(job)").status == .ok, "it is where it was wanted")
        }
    }

    @Test("a cancellation while a slice is under way is not undone by it")
    func cancelledMeanwhile() async throws {
        try await with { service, partner, campaigns in
            let job = try await begin("start", campaigns, by: partner)
            try await service.look(service.jobs, isKilled: true)
            #expect(try await partner.call(.delete, "/jobs/\(job)").status == .ok)
            service.clock.advance(JobStore.lease)
            #expect(try await service.drain(service.jobs) == 0)
            #expect(try await shown(job, partner) == Shown(status: "cancelled", reason: "REQUESTED", succeeded: 0))
        }
    }

    @Test("a job whose key is revoked ends between two slices, and says why")
    func keyRevoked() async throws {
        try await with { service, partner, campaigns in
            let other = try await partner.anotherKey()
            let job = try await begin("start", campaigns, by: other)
            try await service.look(service.jobs)
            #expect(try await partner.call(.delete, "/keys/\(other.keyID)").status == .ok)
            try await service.drain(service.jobs)
            #expect(try await shown(job, partner) == Shown(status: "cancelled", reason: "KEY_REVOKED", succeeded: 8))
            #expect(try await started(service.database) == 8)
            // The directory of keys remembers a good one for a second.
            service.clock.advance(2)
            #expect(try await other.call(.get, "/jobs/\(job)").status == .unauthorized)
        }
    }

    @Test(
        "a process that dies in a slice leaves the job to the next, and no campaign is started twice",
        arguments: [0, 1])
    func killed(after slices: Int) async throws {
        try await with { service, partner, campaigns in
            let job = try await begin("start", campaigns, by: partner)
            for _ in 0..<slices { try await service.look(service.jobs) }
            // The commands are committed, the slice is not.
            #expect(try await service.look(service.jobs, isKilled: true) == 1)
            #expect(try await shown(job, partner).succeeded == Int64(8 * slices))
            #expect(try await service.look(service.jobs) == 0, "it is leased")
            service.clock.advance(JobStore.lease)
            try await service.drain(service.jobs)
            #expect(try await shown(job, partner) == Shown(status: "completed", succeeded: 10))
            try await expectStartedOnce(campaigns, partner, service)
        }
    }

    @Test("a campaign that refuses is a problem of its own, and the others go on")
    func problems() async throws {
        try await with { service, partner, campaigns in
            #expect(try await partner.command("delete", campaigns[3]).status == .ok)
            #expect(service.microsoft.put(Condition(.sessionsRevoked), on: .account(Self.addresses[5])))
            service.clock.advance(7_200)
            let job = try await begin("start", campaigns, by: partner)
            try await service.drain(service.jobs)
            #expect(try await shown(job, partner) == Shown(status: "completed", succeeded: 8, failed: 2))
            let data = try await partner.call(.get, "/jobs/\(job)").data
            let problems = try #require(data?["problems"]?.asArray).map { problem in
                [problem.asObject?["id"], problem.asObject?["code"]]
            }
            #expect(
                problems == [
                    [.integer(campaigns[3]), .string("CAMPAIGN_NOT_FOUND")],
                    [.integer(campaigns[5]), .string("CONNECTION_REVOKED")],
                ])
            #expect(try await started(service.database) == 8)
        }
    }

    @Test("a slice that Microsoft holds up is a problem of each campaign, not of the job")
    func unavailable() async throws {
        try await with { service, partner, campaigns in
            var fault = Fault()
            (fault.operation, fault.status) = (.messages, 503)
            service.microsoft.addFault(fault)
            let job = try await begin("start", campaigns, by: partner)
            try await service.drain(service.jobs)
            #expect(try await shown(job, partner) == Shown(status: "completed", succeeded: 0, failed: 10))
            #expect(try await started(service.database) == 0)
            #expect(try await partner.events().allSatisfy { $0.type != "mailbox.disconnected" })
        }
    }

    private struct Shown: Equatable {
        let status: String
        var reason: String?
        let succeeded: Int64
        var failed: Int64 = 0
    }

    private func shown(_ job: Int64, _ partner: TestPartner) async throws -> Shown {
        let data = try #require(try await partner.call(.get, "/jobs/\(job)").data)
        return Shown(
            status: try #require(data["status"]?.asString), reason: data["reason"]?.asString,
            succeeded: try #require(data["succeeded"]?.asInteger), failed: try #require(data["failed"]?.asInteger))
    }

    private func started(_ database: Database) async throws -> Int {
        try #require(
            try await database.read("SELECT count(*) AS n FROM campaigns WHERE status = 'active'").first)["n"]
    }

    private func expectStartedOnce(
        _ campaigns: [Int64], _ partner: TestPartner, _ service: TestService
    ) async throws {
        let rows = try await service.database.read(
            """
            SELECT campaign_id, count(*) AS moves FROM campaign_history WHERE command = 'start'
            GROUP BY campaign_id ORDER BY campaign_id
            """)
        #expect(try rows.map { try $0["campaign_id"] as Int64 } == campaigns)
        #expect(try rows.allSatisfy { try $0["moves"] as Int == 1 })
        let types = try await partner.events().map(\.type)
        #expect(types.count { $0 == "campaign.started" } == campaigns.count)
    }
}
