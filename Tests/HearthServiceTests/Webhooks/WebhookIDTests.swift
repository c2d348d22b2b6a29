import Foundation
import HearthRules
import Testing

@testable import HearthCore
@testable import HearthWebhooks

@Suite("Ids of events and deliveries")
struct WebhookIDTests {
    @Test("an event's id is read as it is written, and nothing else is")
    func events() {
        #expect(EventID("evt_100_17") == EventID(tenant: 100, position: 17))
        #expect(EventID(tenant: 100, position: 17).text == "evt_100_17")
        for text in [
            "", "evt", "evt_100", "evt_100_", "evt__17", "evt_0_1", "evt_1_-1", "evt_1_2_3", "EVT_1_2",
            "evt_1_9223372036854775808",
        ] {
            #expect(EventID(text) == nil, "\(text)")
        }
        #expect(EventID(tenant: 100, position: 17).position(for: 100) == 17)
        #expect(EventID(tenant: 100, position: 17).position(for: 101) == 0, "where no event is")
    }

    @Test(
        "a delivery's id and cursor are read as they are written", arguments: ["campaign:102003", "replay:7:mailbox:9"])
    func deliveries(lane: String) throws {
        let id = DeliveryID(endpoint: 105_001, lane: lane, number: 3)
        #expect(DeliveryID(id.text) == id)
        let cursor = DeliveryCursor(position: 17, delivery: id)
        #expect(DeliveryCursor(cursor.text) == cursor)
        #expect(!cursor.text.contains { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "_" })
    }

    @Test(
        "what cannot be a delivery's id is none",
        arguments: [
            "", "dlv", "dlv_1_1", "dlv_1_1_", "dlv_0_1_a", "dlv_1_0_a", "dlv_1_1_A", "dlv_1_1_a'", "dlv_1_1_a_b",
            "dlv_1_1_a b", "dlv_1_1_" + String(repeating: "a", count: 129), "evt_1_1_a",
        ])
    func malformed(text: String) {
        #expect(DeliveryID(text) == nil)
        #expect(DeliveryCursor(Base64URL.encode("17 \(text)".utf8)) == nil)
    }

    @Test("what a replay stores is read back")
    func replay() throws {
        let replay = ReplayEvents.Parameters(
            endpoint: 9_007_199_254_740_991, since: Date(timeIntervalSince1970: 1_800_000_000.125), lastPosition: 17)
        #expect(try ReplayEvents.Parameters(replay.text) == replay)
        #expect(throws: ReplayEvents.Parameters.Malformed.self) { try ReplayEvents.Parameters("{}") }
    }
}
