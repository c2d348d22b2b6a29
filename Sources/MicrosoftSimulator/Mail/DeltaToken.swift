import Foundation

/// The state of a delta query. The token carries all of it, so that an old one can be used again, as at Microsoft.
struct DeltaToken: Codable, Sendable {
    /// Where the first enumeration continues: after the message received at this time, at this place.
    struct Position: Codable, Sendable {
        let receivedAt: TimeInterval
        let place: Int
    }

    /// The mailbox's owner, the folder, and the epochs of simulator and mailbox that the token belongs to.
    let owner: String
    let folder: String
    let simulatorEpoch: Int
    let mailboxEpoch: Int

    // The options of the first call.
    var select: String?
    var expand: String?
    var filter: String?
    var top: Int?
    var changeType: String?

    /// Changes up to this version were listed before the current round.
    var base: Int
    /// Changes up to this version are listed.
    var since: Int
    /// Set during the first enumeration only.
    var position: Position?
    var isEnumerating: Bool
    /// Whether the next page begins a round.
    var isStart = true
    /// How many messages this round has listed.
    var count = 0

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Base64URL.encode((try? encoder.encode(self)) ?? Data())
    }

    /// Nil if the text is not a token.
    static func parse(_ text: String) -> DeltaToken? {
        Base64URL.decode(text).flatMap { try? JSONDecoder().decode(DeltaToken.self, from: $0) }
    }
}

extension SimulatorBehaviours {
    /// How Microsoft says that a delta token has expired.
    package enum DeltaExpiry: String, Sendable, CaseIterable {
        /// 410 `SyncStateNotFound`.
        case syncStateNotFound = "SyncStateNotFound"
        /// 410 `syncStateNotFound`.
        case lowerCase = "syncStateNotFound"
        /// 410 `syncStateNotFound` with the address of a new start in `Location`.
        case location
        /// 400 `resyncRequired`.
        case resyncRequired
    }
}
