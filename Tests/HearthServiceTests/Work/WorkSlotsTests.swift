import Foundation
import HearthRules
import Testing

@testable import HearthCore
@testable import HearthMailboxes

@Suite("How much of one kind of work is in flight at once")
struct WorkSlotsTests {
    private struct Due: DueWork, Equatable {
        let place: WorkPlace<String>
        var rows = 1
        var limit = Int.max

        init(_ tenant: Int64, _ unit: String, rows: Int = 1, limit: Int = .max) {
            place = WorkPlace(tenant: tenant, unit: unit)
            self.rows = rows
            self.limit = limit
        }
    }

    private func counts(_ wanted: [WantedWork<Due>]) -> [String: Int] {
        Dictionary(wanted.map { ($0.due.place.unit, $0.count) }, uniquingKeysWith: +)
    }

    @Test("tenants take turns, however much one of them has due")
    func tenants() {
        let slots = WorkSlots<String>(WorkLimits(whole: 10))
        let due = [Due(1, "a", rows: 1_000), Due(2, "b", rows: 2), Due(3, "c", rows: 1_000)]
        #expect(counts(slots.share(due)) == ["a": 4, "b": 2, "c": 4])
        #expect(slots.free == 0)
        #expect(slots.share(due).isEmpty)
    }

    @Test("so do the units of a tenant, and many small ones leave no less to others")
    func units() {
        let slots = WorkSlots<String>(WorkLimits(whole: 9))
        let due = (1...20).map { Due(1, "a\($0)", rows: 5) } + [Due(2, "b", rows: 5)]
        let wanted = slots.share(due)
        #expect(wanted.map(\.due.place.unit) == ["a1", "a2", "a3", "a4", "a5", "b"])
        #expect(counts(wanted)["b"] == 4)
    }

    @Test("no limit is passed: of the process, of a tenant, of a unit, of what is due")
    func limits() {
        let slots = WorkSlots<String>(WorkLimits(whole: 20, perTenant: 6, perUnit: { $0 == "free" ? 20 : 3 }))
        let due = [Due(1, "a", rows: 9), Due(1, "b", rows: 9), Due(1, "c", rows: 9), Due(2, "d", rows: 9, limit: 1)]
        #expect(counts(slots.share(due)) == ["a": 2, "b": 2, "c": 2, "d": 1])
        #expect(slots.room.fullTenants == [1])
        #expect(slots.room.fullUnits == [])
        #expect(counts(slots.share([Due(2, "e", rows: 9), Due(3, "free", rows: 30)])) == ["e": 3, "free": 6])
        #expect(slots.room.fullUnits == ["e"])
        #expect(slots.room.isFull(WorkPlace(tenant: 3, unit: "e")))
        #expect(slots.room.isFull(WorkPlace(tenant: 1, unit: "z")))
        #expect(slots.room.fullTenants == [1, 3])
        #expect(counts(slots.share([Due(4, "f", rows: 99)])) == ["f": 3])
        #expect(slots.free == 1)
    }

    @Test("what is reserved and not claimed is free again, and what has ended")
    func returned() {
        let slots = WorkSlots<String>(WorkLimits(whole: 4, perUnit: { _ in 3 }))
        let wanted = slots.share([Due(1, "a", rows: 3), Due(2, "b")])
        #expect(slots.free == 0)
        slots.returnUnused(of: wanted, taken: [WorkPlace(tenant: 1, unit: "a")])
        #expect(slots.free == 3)
        #expect(counts(slots.share([Due(1, "a", rows: 9)])) == ["a": 2])
        slots.release(WorkPlace(tenant: 1, unit: "a"))
        #expect(counts(slots.share([Due(1, "a", rows: 9)])) == ["a": 1])
    }

    @Test("an organisation at Microsoft has its own few; personal accounts are limited by the sum alone")
    func organizations() {
        struct Grant: DueWork {
            let place: WorkPlace<UUID>
        }
        let slots = WorkSlots(MaintainGrants.limits)
        func reserved(_ count: Int, _ organization: UUID) -> Int {
            slots.share((0..<count).map { Grant(place: WorkPlace(tenant: Int64($0), unit: organization)) }).count
        }
        let organization = UUID()
        #expect(reserved(20, organization) == MaintainGrants.perOrganization)
        #expect(slots.room.fullUnits == [organization])
        #expect(
            reserved(1_000, AccountType.consumerTenant) == MaintainGrants.limits.whole - MaintainGrants.perOrganization)
        #expect(slots.free == 0)
    }
}

@Suite("Organisations that asked for a pause")
struct OrganizationPausesTests {
    @Test("they have it; a personal account's says nothing of others")
    func pause() {
        let (now, pauses, organization) = (Date(timeIntervalSince1970: 1_800_000_000), OrganizationPauses(), UUID())
        pauses.pause(organization, until: now.addingTimeInterval(60))
        pauses.pause(organization, until: now.addingTimeInterval(30))
        pauses.pause(AccountType.consumerTenant, until: now.addingTimeInterval(60))
        #expect(pauses.current(at: now) == [organization])
        #expect(pauses.current(at: now.addingTimeInterval(59)) == [organization])
        #expect(pauses.current(at: now.addingTimeInterval(60)) == [])
    }
}
