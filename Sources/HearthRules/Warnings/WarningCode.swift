package import Foundation

/// A condition that will break something unless somebody acts, or has already broken something for many mailboxes.
package enum WarningCode: String, Sendable, CaseIterable {
    // Sent to the tenant, who can fix them.

    case connectionExpiring = "MAILBOX_CONNECTION_EXPIRING"
    case secretExpiring = "APPLICATION_SECRET_EXPIRING"
    case secretExpired = "APPLICATION_SECRET_EXPIRED"
    case applicationRefused = "APPLICATION_REFUSED"

    // For the operator only.

    case operatorSecretEndUnknown = "OPERATOR_SECRET_END_UNKNOWN"
    case operatorSecretExpiring = "OPERATOR_SECRET_EXPIRING"
    case operatorSecretExpired = "OPERATOR_SECRET_EXPIRED"
    case operatorApplicationRefused = "OPERATOR_APPLICATION_REFUSED"
    case keyRingWithoutSpare = "KEY_RING_WITHOUT_SPARE"

    /// The type of the event that informs the tenant; nil for the operator's warnings.
    package var event: String? {
        switch self {
        case .connectionExpiring: "mailbox.connection_expiring"
        case .secretExpiring: "application.secret_expiring"
        case .secretExpired: "application.secret_expired"
        case .applicationRefused: "application.refused"
        case .operatorSecretEndUnknown, .operatorSecretExpiring, .operatorSecretExpired, .operatorApplicationRefused,
            .keyRingWithoutSpare:
            nil
        }
    }

    /// Whether something does not work now.
    package var isFailure: Bool {
        switch self {
        case .secretExpired, .applicationRefused, .operatorSecretExpired, .operatorApplicationRefused: true
        case .connectionExpiring, .secretExpiring, .operatorSecretEndUnknown, .operatorSecretExpiring,
            .keyRingWithoutSpare:
            false
        }
    }

    package static let tenants = allCases.filter { $0.event != nil }
    package static let operators = allCases.filter { $0.event == nil }

    /// How long before its expiry a secret causes a warning.
    package static let secretNotice: TimeInterval = 30 * 86_400
    /// How long a grant may go without a refresh before it causes a warning: ten days before Microsoft drops it.
    package static let idleNotice: TimeInterval = GrantSchedule.idleLife - 10 * 86_400
}
