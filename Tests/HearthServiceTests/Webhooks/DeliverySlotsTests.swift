import Testing

@testable import HearthWebhooks

@Suite("Slots of deliveries")
struct DeliverySlotsTests {
    /// All of one size, by tenant and endpoint as the database gives them.
    private let due = (1...100).map { DueEndpoint(tenantID: $0, endpointID: $0 * 10, isProbing: false) }

    private func lane(of endpoint: DueEndpoint) -> WebhookLane {
        WebhookLane(
            tenantID: endpoint.tenantID, endpointID: endpoint.endpointID, key: "k", next: 1, last: 1, attempts: 0,
            lease: 1)
    }

    @Test("slow endpoints that use up every slot keep no other from its turn")
    func turns() {
        let slots = DeliverySlots()
        var held = slots.inTurn(due).flatMap { endpoint in
            Array(repeating: endpoint, count: slots.reserve(endpoint))
        }
        #expect(held.count == DeliverySlots.inAll)
        var served = Set(held)
        #expect(served.count < due.count)
        // They end one by one, oldest first, and each look gives away the one slot that is free.
        for _ in 0..<DeliverySlots.inAll where served.count < due.count {
            slots.release(lane(of: held.removeFirst()))
            for endpoint in slots.inTurn(due) where slots.reserve(endpoint) > 0 {
                held.append(endpoint)
                served.insert(endpoint)
            }
        }
        #expect(served.count == due.count)
    }

    @Test("whoever has nothing due any more is passed over, and behind the last comes the first")
    func order() {
        let slots = DeliverySlots()
        #expect(slots.inTurn(due) == due)
        #expect(slots.reserve(due[41]) > 0)
        #expect(slots.inTurn(due).map(\.tenantID) == Array(43...100) + Array(1...42))
        let others = due.filter { $0.tenantID != 42 && $0.tenantID != 43 }
        #expect(slots.inTurn(others).first?.tenantID == 44)
        #expect(slots.reserve(due[99]) > 0)
        #expect(slots.inTurn(due) == due)
        #expect(slots.inTurn([]).isEmpty)
    }
}
