import Foundation
import HearthCore
import HearthRules
import HearthWebhooks

extension WebhookEndpoint {
    func badge(at now: Date) -> Badge {
        switch status {
        case .disabled: Badge("Disabled", .bad)
        case .enabled where failingSince != nil: Badge("Failing", .wait)
        case .enabled: Badge("Enabled", .good)
        }
    }

    /// Why the endpoint is disabled or failing; nil if it works.
    func condition(at now: Date) -> String? {
        if status == .disabled {
            switch disabledReason {
            case "gone": return "It answered 410 (Gone). Its events wait until it is enabled."
            case "failing": return "Every attempt has failed for five days. Its events wait until it is enabled."
            default: return "It was disabled on request. Its events wait until it is enabled."
            }
        }
        guard let failingSince else { return nil }
        let since = "It has been failing since \(ConsoleTime.text(failingSince)), \(failures) times in a row."
        guard let blockedUntil, blockedUntil > now else { return since }
        return since + " The next attempt is after \(ConsoleTime.text(blockedUntil))."
    }
}

extension RecordedDelivery.Status {
    var badge: Badge {
        switch self {
        case .pending: Badge("Waiting", .wait)
        case .delivered: Badge("Delivered", .good)
        case .exhausted: Badge("Given up", .bad)
        }
    }
}

extension RecordedDelivery.Attempt {
    /// The result in one line.
    package var words: String {
        let status = statusCode.map { "status \($0), " } ?? ""
        return "\(status)\(milliseconds) ms\(error.map { ": \($0)" } ?? "")"
    }
}

extension Job {
    var badge: Badge {
        switch status {
        case .running: Badge("Running", .wait)
        case .completed: Badge("Completed", .good)
        case .cancelled: Badge("Cancelled", .calm)
        case .failed: Badge("Failed", .bad)
        }
    }

    /// The progress in words.
    package var progress: String {
        guard let total else { return status == .running ? "being counted" : "\(succeeded) sent" }
        return "\(succeeded) of \(total)" + (failed > 0 ? ", \(failed) failed" : "")
    }
}
