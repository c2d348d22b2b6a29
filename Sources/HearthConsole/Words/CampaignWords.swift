import HearthMailboxes
import HearthOnboarding
import HearthRules

extension CampaignCommand {
    /// The label of the command's button.
    var label: String {
        switch self {
        case .start: "Start"
        case .resume: "Resume"
        case .pause: "Pause"
        case .delete: "Delete"
        case .consent: "Consent"
        case .reconnect: "Reconnect"
        case .fault: "Fault"
        }
    }
}

extension CampaignStatus {
    /// The allowed commands that get a button. Start and resume do the same, so only one of them is offered.
    var buttons: [CampaignCommand] {
        let allowed = CampaignMachine(self).allowedActions
        let same: CampaignCommand = self == .paused ? .start : .resume
        return allowed.filter { $0 != same && $0 != .delete }
    }

    var mayDelete: Bool { CampaignMachine(self).allowedActions.contains(.delete) }
}

extension PermissionLevel {
    var label: String {
        switch self {
        case .send: "Send only"
        case .readOnly: "Read only"
        case .readSend: "Read and send"
        case .warmup: "Warm-up (read, sort and send)"
        }
    }
}

/// A row of a campaign's history in words.
enum HistoryWords {
    static func text(for command: CampaignCommand, from status: String) -> String {
        switch command {
        case .start: "Started"
        case .resume: "Resumed"
        case .pause: "Paused"
        case .delete: "Deleted"
        case .consent: status == "none" ? "Connected by its owner" : "Connected again by its owner"
        case .reconnect: "Reconnected by its owner"
        case .fault: "Stopped by a fault of its connection"
        }
    }

    /// - Parameter actor: as `Caller` names it.
    static func text(forActor actor: String) -> String {
        let parts = actor.split(separator: ":", maxSplits: 1)
        return switch parts.first {
        case "api_key"? where parts.count == 2: "API key \(parts[1])"
        case "member"? where parts.count == 2: "member \(parts[1])"
        case "owner"?: "the owner"
        case "operator"?: "the operator"
        default: actor
        }
    }
}

extension SendingSchedule {
    /// The preset's name, or the windows: `mon, tue 08:00–12:00; fri 09:00–11:30`.
    var label: String {
        if let preset { return preset.rawValue }
        return windows.windows.map { window in
            let hours = [window.from, window.to].map(SendingWindow.text(ofMinutes:)).joined(separator: "–")
            return "\(window.days.map(\.rawValue).joined(separator: ", ")) \(hours)"
        }.joined(separator: "; ")
    }
}
