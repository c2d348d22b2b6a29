import HearthRules

/// The id of a delivery: `dlv_<endpoint>_<number>_<lane>`, with hyphens for the lane's colons.
package struct DeliveryID: Sendable, Hashable {
    package let endpoint: Int64
    package let lane: String
    let number: Int64

    private static let prefix = "dlv"
    /// Bytes; longer than any lane key.
    private static let longestLane = 128

    init(endpoint: Int64, lane: String, number: Int64) {
        self.endpoint = endpoint
        self.lane = lane
        self.number = number
    }

    package var text: String {
        "\(Self.prefix)_\(endpoint)_\(number)_\(String(lane.map { $0 == ":" ? "-" : $0 }))"
    }

    /// Returns nil if the string does not have the form of ``text``.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == Self.prefix, let endpoint = Int64(parts[1]), endpoint > 0,
            let number = Int64(parts[2]), number > 0, (1...Self.longestLane).contains(parts[3].utf8.count),
            parts[3].utf8.allSatisfy(Self.isOfLane)
        else { return nil }
        self.init(endpoint: endpoint, lane: String(parts[3].map { $0 == "-" ? ":" : $0 }), number: number)
    }

    private static func isOfLane(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

/// The end of a page of deliveries, opaque to clients.
package struct DeliveryCursor: Sendable, Equatable {
    /// The position of the delivery's event.
    package let position: Int64
    package let delivery: DeliveryID

    init(position: Int64, delivery: DeliveryID) {
        self.position = position
        self.delivery = delivery
    }

    package var text: String { Base64URL.encode("\(position) \(delivery.text)".utf8) }

    /// Returns nil if the string does not have the form of ``text``.
    package init?(_ text: String) {
        guard let bytes = Base64URL.decode(text) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let position = Int64(parts[0]), position > 0, let delivery = DeliveryID(parts[1]) else {
            return nil
        }
        self.init(position: position, delivery: delivery)
    }
}
