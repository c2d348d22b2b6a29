import HearthRules
import Postgres
import TestSupport
import Testing

@testable import HearthMailboxes

/// The combined use of several dependents of one mailbox.
@Suite("Dependents of a connection", .timeLimit(.minutes(1)))
struct LockedDependentsTests {
    /// A dependent with the given use of the mailbox, or without one.
    private struct Dependent: ConnectionDependent {
        let name: String
        let isUnstarted: Bool?

        func lock(_ mailbox: SQL, of tenant: Int64) -> SQL { "SELECT \(name) AS name, \(mailbox) AS mailbox" }

        func use(_ locked: Rows) throws -> ConnectionUse? {
            let found: String? = try locked.scalar("name")
            #expect(found == name, "it was given the rows of another dependent")
            return isUnstarted.map {
                ConnectionUse(
                    isUnstarted: $0,
                    partnerData: PartnerData(
                        email: "\(name)@example.com", firstName: "", lastName: "", ownerEmail: nil, tags: [], meta: nil,
                        externalID: nil))
            }
        }

        func lost(_ loss: LostConnection, _ locked: Rows, in transaction: inout Transaction) {}
        func restored(_ connection: RestoredConnection, _ locked: Rows, in transaction: inout Transaction) {}
    }

    @Test(
        "a mailbox is unstarted only if every use of it is",
        arguments: [
            ([nil], nil), ([true], true), ([false], false), ([nil, true], true), ([true, false], false),
            ([false, true], false), ([true, nil, true], true),
        ] as [([Bool?], Bool?)])
    func use(_ uses: [Bool?], _ expected: Bool?) async throws {
        let dependents = uses.enumerated().map { Dependent(name: "d\($0)", isUnstarted: $1) }
        try await TestDatabase.with { test in
            try await test.connected { database in
                let found = try await database.transaction { transaction in
                    let rows = try transaction.query(all: LockedDependents.locks(dependents, on: "7", of: 1))
                    return try LockedDependents(dependents, rows).use()
                }
                #expect(found?.isUnstarted == expected)
                #expect(found?.partnerData.email == uses.firstIndex { $0 != nil }.map { "d\($0)@example.com" })
            }
        }
    }
}
