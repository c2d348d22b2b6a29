package import Foundation

/// Hearth's own mark on a message that it sends: an extended property, which stays on the copy in Sent Items and is not sent
/// to recipients. It finds the message again, whatever ids Graph gives it.
package struct MessageStamp: Sendable, Hashable {
    package let value: UUID

    package init(_ value: UUID) {
        self.value = value
    }

    /// - Parameter bytes: 16 random bytes.
    package init(random bytes: [UInt8]) {
        value = bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    /// A named property of the set of public strings. Source: "singleValueLegacyExtendedProperty resource type" at Microsoft
    /// Learn.
    static let property = "String {00020329-0000-0000-C000-000000000046} Name X-Hearth-Message"

    package var text: String { value.uuidString.lowercased() }

    /// The filter for messages with this stamp.
    var filter: String {
        "singleValueExtendedProperties/any(ep: ep/id eq '\(Self.property)' and ep/value eq '\(text)')"
    }
}
