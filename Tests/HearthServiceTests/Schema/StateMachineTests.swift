import Foundation
import HearthRules
import Postgres
import TestSupport
import Testing

@testable import HearthCore
@testable import HearthMailboxes
@testable import HearthOnboarding

/// Compares the state machines of the rules with the states that the database accepts and the statements for the moves.
@Suite("State machines", .timeLimit(.minutes(5)))
struct StateMachineTests {
    private static let migrations = (ProcessInfo.processInfo.environment["HEARTH_SHARE_DIR"] ?? ".") + "/migrations"
    private static let now = Date(timeIntervalSince1970: 1_790_000_000)

    private func withSchema(_ body: @escaping (Database) async throws -> Void) async throws {
        try await TestDatabase.with { test in
            _ = try await Migrator(directory: Self.migrations, settings: DatabaseSettings(uri: test.uri)).apply()
            try await test.connected { try await body($0) }
        }
    }

    private static func states<State: StoredState>(_ type: State.Type) -> Set<String> {
        Set(type.allCases.map(\.rawValue))
    }

    @Test("the database accepts the states of the rules and no others")
    func states() async throws {
        let rules: [(table: String, column: String, states: Set<String>)] = [
            ("consents", "status", Self.states(ConsentStatus.self)),
            // The expiry of an administrator's link is not stored.
            ("admin_consents", "status", Self.states(AdminConsentStatus.self).subtracting(["expired"])),
            ("invitations", "status", Self.states(InvitationStatus.self)),
            ("grants", "state", Self.states(GrantState.self)),
            ("jobs", "status", Self.states(JobStatus.self)),
            ("webhook_endpoints", "status", Self.states(EndpointStatus.self)),
            ("webhook_deliveries", "status", Self.states(DeliveryStatus.self)),
            ("messages", "status", Self.states(MessageStatus.self)),
        ]
        try await withSchema { database in
            for (table, column, states) in rules {
                let check: String? = try await database.read(
                    """
                    SELECT pg_get_constraintdef(oid) AS check FROM pg_constraint
                    WHERE conrelid = \(table)::text::regclass AND conname = \("\(table)_\(column)_check")
                    """
                ).scalar("check")
                let accepted = try #require(check, "\(table) has no CHECK of its states").matches(of: /'(\w+)'/)
                #expect(Set(accepted.map { String($0.output.1) }) == states, "\(table)")
            }
        }
    }

    @Test("a state that ends something allows no move, except for what is begun anew")
    func ends() {
        #expect(Self.exits(ConsentMove.self, from: .completed, .expired, .revoked).isEmpty)
        #expect(Self.exits(AdminConsentMove.self, from: .granted, .revoked, .expired).isEmpty)
        #expect(Self.exits(GrantMove.self, from: .dead, .replaced).isEmpty)
        #expect(Self.exits(JobMove.self, from: .completed, .cancelled, .failed).isEmpty)
        #expect(Self.exits(EndpointMove.self, from: .deleted).isEmpty)
        #expect(Self.exits(DeliveryMove.self, from: .delivered, .exhausted).isEmpty)
        // An owner who had already started when it was revoked can still complete it; there is no other move.
        #expect(Self.exits(InvitationMove.self, from: .revoked) == [.complete])
    }

    @Test("the database allows the moves of a message and no others")
    func messages() async throws {
        let moves = MessageMove.allCases.flatMap { move in
            move.move.from.map { "\($0.rawValue) to \(move.move.to.rawValue)" }
        }
        try await withSchema { database in
            let allowed: [String] = try await database.read(
                "SELECT from_status || ' to ' || to_status AS move FROM message_transitions"
            ).map { try $0["move"] }
            #expect(Set(allowed) == Set(moves))
        }
    }

    private static func exits<Machine: StateMachine>(_ machine: Machine.Type, from states: Machine.State...)
        -> [Machine]
    {
        machine.allCases.filter { !Set($0.move.from).isDisjoint(with: states) }
    }

    @Test(
        "a consent makes the moves of its machine and no others",
        arguments: ConsentMove.allCases, ConsentStatus.allCases)
    func consents(_ move: ConsentMove, from status: ConsentStatus) async throws {
        try await withSchema { database in
            try await Self.insert(into: database)
            let ring = try KeyRing("k1:" + Data(repeating: 7, count: 32).base64EncodedString())
            let set: SQL =
                """
                UPDATE consents SET status = \(status), mailbox_id = 3, lease_until = \(Self.now.addingTimeInterval(-1))
                WHERE tenant_id = 1 AND consent_id = 2
                """
            _ = try await database.write(set)
            let consent = try #require(
                try await ConsentStore(database: database, keyRing: ring).find(2, of: 1))
            let statement =
                switch move {
                case .claim: ConsentTable.claim(2, of: 1, code: "digest", at: Self.now)
                case .settle:
                    ConsentTable.settle(
                        consent, with: .failed(.temporaryFault), isUnclaimed: false, announces: false, at: Self.now)
                case .complete: ConsentTable.complete(consent, mailbox: 3, campaign: nil, at: Self.now)
                case .expire: ConsentTable.expire(2, of: 1, at: Self.now)
                case .revoke: ConsentTable.revoke(.one(2), of: 1, at: Self.now)
                }
            let isAllowed = move.move.from.contains(status)
            #expect(try await database.write(statement).affected == (isAllowed ? 1 : 0))
            let after: ConsentStatus? = try await database.read(
                "SELECT status FROM consents WHERE tenant_id = 1 AND consent_id = 2"
            ).scalar("status")
            #expect(after == (isAllowed ? move.move.to : status))
        }
    }

    /// Inserts tenant 1 with mailbox 3 and consent 2.
    private static func insert(into database: Database) async throws {
        try await database.transaction { transaction in
            transaction.write("INSERT INTO tenants (tenant_id, name, created_at) VALUES (1, 'T', \(now))")
            transaction.write(
                MailboxTable.insertion(
                    of: 3,
                    .init(
                        tid: UUID(), oid: UUID(), address: "a@b.example", addressKey: "a@b.example",
                        userPrincipalName: "a@b.example", type: .personal),
                    tenant: 1, at: now))
            transaction.write(
                ConsentTable.insertion(
                    of: .init(
                        tenantID: 1, id: 2, kind: .mailbox, seed: [1], level: .warmup, includesShared: false,
                        createdAt: now, application: "NULL", returnURL: "NULL",
                        expiresAt: "\(now.addingTimeInterval(60))",
                        content: .init(
                            person: "'a@b.example', 'a@b.example', '', '', NULL",
                            settings: CampaignSettings.standard.columnValues, labels: "'{}'::text[], NULL"))))
        }
    }
}
