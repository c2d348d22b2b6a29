import HTTPTypes
import HearthRules
import HearthTesting
import HummingbirdTesting
import MicrosoftSimulator
import Postgres
import StrictJSON
import Testing

/// Start and resume ask Microsoft first. What they answer, and what is kept, when Microsoft refuses.
@Suite("Start and resume with a connection that does not work", .timeLimit(.minutes(2)))
struct ConnectionRefusalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let condition: Condition
        let problem: ConnectionProblem
        /// Whether the grant is of no further use.
        let endsGrant: Bool

        init(_ kind: Condition.Kind, code: Int? = nil, _ problem: ConnectionProblem, endsGrant: Bool) {
            var condition = Condition(kind)
            condition.code = code
            self.condition = condition
            self.problem = problem
            self.endsGrant = endsGrant
        }

        var testDescription: String {
            "\(condition.kind.rawValue) \(condition.code.map(String.init) ?? "") \(problem.rawValue)"
        }
    }

    private static let refusals: [Row] = [
        .init(.sessionsRevoked, .revoked, endsGrant: true),
        .init(.consentRemoved, .revoked, endsGrant: true),
        .init(.passwordReset, .revoked, endsGrant: true),
        .init(.signInFrequency, .expired, endsGrant: true),
        .init(.refused, code: 700_082, .expired, endsGrant: true),
        .init(.refused, code: 54_005, .revoked, endsGrant: false),
        .init(.mfaRequired, .expired, endsGrant: false),
        .init(.conditionalAccess, .policyBlocked, endsGrant: false),
        .init(.refused, code: 650_052, .policyBlocked, endsGrant: false),
        .init(.disabled, .accountDisabled, endsGrant: false),
    ]

    @Test(
        "a refusal of the token endpoint is final: 409, noted once, and the campaign stays where it is",
        arguments: [CampaignStatus.pending, .paused], refusals)
    func refused(_ status: CampaignStatus, _ row: Row) async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let id = try await partner.connect("ann@corp.example")
            try await partner.bring(id, to: status)
            #expect(service.microsoft.put(row.condition, on: .account("ann@corp.example")))
            let position = try #require(try await partner.events().last?.position)
            let version = try await partner.campaign(id)["version"]
            // The access token of the consent is over by then.
            service.clock.advance(7_200)
            for command in ["start", "resume"] {
                let answer = try await partner.command(command, id)
                #expect((answer.status, answer.code) == (.conflict, row.problem.rawValue))
                #expect(answer.json?["remedy"] == .string(row.problem.remedy.rawValue))
            }
            let campaign = try await partner.campaign(id)
            #expect(campaign["status_code"] == .string(status.rawValue))
            #expect(campaign["version"] == version)
            #expect(campaign["connection_problem_code"] == .string(row.problem.rawValue))
            let grant = try await grant(service.database)
            #expect(
                grant
                    == Standing(state: row.endsGrant ? "dead" : "live", problem: row.problem, hasToken: !row.endsGrant))
            let events = try await partner.events(after: position)
            #expect(events.map(\.type) == ["mailbox.disconnected"])
            #expect(events.first?.data["code"] == .string(row.problem.rawValue))
            #expect(events.first?.data["campaign_id"] == .integer(id))
            #expect(service.log.errors == [])

            // Mended: at Microsoft, or by a new consent where the grant has ended.
            #expect(service.microsoft.undo(nil, on: .account("ann@corp.example")) == 1)
            if row.endsGrant { #expect(try await partner.connect("ann@corp.example") == id) }
            #expect(try await partner.command("start", id).status == .ok)
            #expect(try await partner.campaign(id)["connection_problem"] == .bool(false))
            let healed = try await partner.events(after: events.first?.position ?? 0).map(\.type)
            #expect(healed.count { $0 == "mailbox.reconnected" } == 1)
        }
    }

    struct Passing: Sendable, CustomTestStringConvertible {
        let operation: Operation
        var status: Int?
        var error: String?
        var body: Fault.Body?
        var retryAfter: Int?

        var testDescription: String {
            [operation.rawValue, status.map(String.init), error, body?.rawValue].compactMap { $0 }.joined(
                separator: " ")
        }

        var fault: Fault {
            var fault = Fault()
            (fault.operation, fault.status, fault.error, fault.body) = (operation, status, error, body)
            fault.retryAfterSeconds = retryAfter
            return fault
        }
    }

    private static let passing: [Passing] = [
        .init(operation: .token, status: 429, retryAfter: 7), .init(operation: .token, status: 503, body: .html),
        .init(operation: .token, body: .garbage), .init(operation: .token, body: .close),
        .init(operation: .token, error: "90033"), .init(operation: .token, error: "50196"),
        .init(operation: .messages, status: 429, retryAfter: 7), .init(operation: .messages, status: 503),
        .init(operation: .messages, status: 403, body: .html), .init(operation: .messages, status: 404, body: .empty),
        .init(operation: .messages, status: 404, error: "ResourceNotFound"),
        .init(operation: .messages, status: 401, error: "InvalidAuthenticationToken"),
    ]

    @Test("a fault that passes is 503 with Retry-After, and nothing is noted", arguments: passing)
    func passes(_ row: Passing) async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let id = try await partner.connect("ann@corp.example")
            let before = try await partner.campaign(id)
            let position = try #require(try await partner.events().last?.position)
            service.clock.advance(7_200)
            service.microsoft.addFault(row.fault)
            let answer = try await partner.command("start", id)
            #expect((answer.status, answer.code) == (.serviceUnavailable, "CONNECTION_TEMPORARILY_UNAVAILABLE"))
            #expect(answer.headers[.retryAfter] == String(row.retryAfter ?? 10))
            #expect(try await partner.campaign(id) == before)
            #expect(try await grant(service.database) == Standing(state: "live", problem: nil, hasToken: true))
            #expect(try await partner.events(after: position).isEmpty)
            service.microsoft.clearFaults()
            #expect(try await partner.command("start", id).status == .ok)
        }
    }

    @Test("the application's fault is 503 for the partner, an error in the log, and no grant's problem")
    func application() async throws {
        try await TestService.with { service in
            let partner = try await service.partner()
            let id = try await partner.connect("ann@corp.example")
            let secret = try #require(service.microsoft.secrets(of: TestService.clientID)?.first)
            service.clock.advance(7_200)
            service.microsoft.expireSecret(secret.keyID, of: TestService.clientID, at: service.clock.now)
            let answer = try await partner.command("start", id)
            #expect((answer.status, answer.code) == (.serviceUnavailable, "CONNECTION_TEMPORARILY_UNAVAILABLE"))
            #expect(try await grant(service.database) == Standing(state: "live", problem: nil, hasToken: true))
            #expect(service.log.errors.contains { $0.contains("invalid_client 7000222") })
            // While it is refused, Microsoft is left alone.
            let calls = service.microsoft.requestCounts
            #expect(try await partner.command("start", id).status == .serviceUnavailable)
            #expect(service.microsoft.requestCounts == calls)
            service.microsoft.expireSecret(secret.keyID, of: TestService.clientID, at: nil)
            service.clock.advance(300)
            #expect(try await partner.command("start", id).status == .ok)
        }
    }

    private struct Standing: Equatable {
        let state: String
        let problem: ConnectionProblem?
        let hasToken: Bool
    }

    private func grant(_ database: Database) async throws -> Standing {
        let rows = try await database.read("SELECT state, problem, refresh_token IS NOT NULL AS has FROM grants")
        try #require(rows.count == 1)
        let problem: String? = try rows[0][nullable: "problem"]
        return Standing(
            state: try rows[0]["state"], problem: problem.flatMap(ConnectionProblem.init), hasToken: try rows[0]["has"])
    }
}
