import Foundation
import HearthRules
import Testing

@testable import HearthMailboxes

@Suite("How many grants are tended at once")
struct GrantSlotsTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func reserved(_ wanted: Int, _ slots: GrantSlots, of organization: UUID) -> Int {
        (0..<wanted).filter { _ in slots.reserve(organization, at: Self.now) }.count
    }

    @Test("an organisation has its own few, and what is full is left out of the next look")
    func organization() {
        let slots = GrantSlots()
        let (one, other) = (UUID(), UUID())
        #expect(reserved(20, slots, of: one) == GrantSlots.perOrganization)
        #expect(slots.unavailable(at: Self.now) == [one])
        #expect(reserved(2, slots, of: other) == 2)
        slots.release(one)
        #expect(slots.unavailable(at: Self.now).isEmpty)
        #expect(reserved(20, slots, of: one) == 1)
    }

    @Test("personal accounts share one tenant id and are limited by the sum alone")
    func personal() {
        let slots = GrantSlots()
        #expect(reserved(1_000, slots, of: AccountType.consumerTenant) == GrantSlots.inAll)
        #expect(!slots.reserve(UUID(), at: Self.now))
        #expect(slots.free == 0)
    }

    @Test("another look is worth while when a quarter is free")
    func look() {
        let slots = GrantSlots()
        #expect(reserved(GrantSlots.inAll, slots, of: AccountType.consumerTenant) == GrantSlots.inAll)
        let looks = (0..<GrantSlots.inAll).filter { _ in slots.release(AccountType.consumerTenant) }
        #expect(looks.first == GrantSlots.inAll / 4 - 1)
        #expect(looks.count == GrantSlots.inAll * 3 / 4 + 1)
    }

    @Test("an organisation that asked for a pause has it; a personal account's says nothing of others")
    func pause() {
        let slots = GrantSlots()
        let organization = UUID()
        slots.pause(organization, until: Self.now.addingTimeInterval(60))
        slots.pause(organization, until: Self.now.addingTimeInterval(30))
        slots.pause(AccountType.consumerTenant, until: Self.now.addingTimeInterval(60))
        #expect(slots.unavailable(at: Self.now) == [organization])
        #expect(!slots.reserve(organization, at: Self.now.addingTimeInterval(59)))
        #expect(slots.reserve(organization, at: Self.now.addingTimeInterval(60)))
        #expect(slots.reserve(AccountType.consumerTenant, at: Self.now))
    }
}
