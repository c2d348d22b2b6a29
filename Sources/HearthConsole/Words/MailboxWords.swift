import HearthMailboxes
import HearthRules
import HearthWeb

extension AccountType {
    var label: String {
        switch self {
        case .personal: "Personal account"
        case .organization: "Organisation account"
        }
    }
}

extension SharedMailbox.Status {
    var badge: Badge {
        switch self {
        case .connected: Badge("Connected", .good)
        case .error: Badge("Error", .bad)
        case .disconnected: Badge("Disconnected", .calm)
        }
    }
}

extension Mailbox.Use {
    /// An entry in the list of a mailbox's campaigns.
    var content: [String: Any] {
        ["campaignID": campaignID, "campaignAddress": email, "campaignStatus": status.badge.content]
    }
}

extension SharedMailbox {
    /// An entry in a list of shared mailboxes.
    var content: [String: Any] {
        var content: [String: Any] = [
            "sharedAddress": address, "sharedStatus": status.badge.content, "delegateID": delegate.mailboxID,
            "delegateAddress": delegate.address, "verifiedAt": RFC3339.format(verifiedAt),
            "verified": ConsoleTime.text(verifiedAt),
        ]
        content["sharedWords"] = problem?.words
        return content
    }
}
