import Foundation
import HearthCore
import HearthRules

/// A state's label, and the tone in which it is shown.
struct Badge: Sendable, Equatable {
    enum Tone: String, Sendable { case good, bad, wait, calm }

    let label: String
    let tone: Tone

    init(_ label: String, _ tone: Tone) {
        self.label = label
        self.tone = tone
    }

    /// The content of the template `badge`.
    var content: [String: Any] { ["label": label, "tone": tone.rawValue] }
}

extension CampaignStatus {
    var badge: Badge {
        switch self {
        case .pending: Badge("Pending", .wait)
        case .active: Badge("Active", .good)
        case .paused: Badge("Paused", .calm)
        case .deleted: Badge("Deleted", .calm)
        }
    }
}

extension MailboxHealth {
    var badge: Badge {
        switch self {
        case .healthy: Badge("Healthy", .good)
        case .neverSynced: Badge("Not used yet", .calm)
        case .stale: Badge("Stale", .wait)
        case .disconnected: Badge("Disconnected", .calm)
        case .error: Badge("Error", .bad)
        }
    }
}

extension KeyStore.Key {
    func badge(at now: Date) -> Badge {
        if revokedAt != nil { return Badge("Revoked", .calm) }
        return isUsable(at: now) ? Badge("Active", .good) : Badge("Expired", .calm)
    }
}
