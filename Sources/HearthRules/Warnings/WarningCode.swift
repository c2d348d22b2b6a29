package import Foundation

/// Something that will stop working unless somebody acts, or that has stopped for many at once.
package enum WarningCode: String, Sendable, CaseIterable {
    // What a tenant can do something about, and is told of.

    case connectionExpiring = "MAILBOX_CONNECTION_EXPIRING"
    case secretExpiring = "APPLICATION_SECRET_EXPIRING"
    case secretExpired = "APPLICATION_SECRET_EXPIRED"
    case applicationRefused = "APPLICATION_REFUSED"

    // The operator's alone.

    case operatorSecretEndUnknown = "OPERATOR_SECRET_END_UNKNOWN"
    case operatorSecretExpiring = "OPERATOR_SECRET_EXPIRING"
    case operatorSecretExpired = "OPERATOR_SECRET_EXPIRED"
    case operatorApplicationRefused = "OPERATOR_APPLICATION_REFUSED"
    case keyRingWithoutSpare = "KEY_RING_WITHOUT_SPARE"

    /// The type of the event that tells its tenant of it; nil for the operator's.
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

    /// Whether it has come to pass: something does not work now.
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

    /// A secret that ends within so long is warned of.
    package static let secretNotice: TimeInterval = 30 * 86_400
    /// A grant that was not refreshed for so long is warned of: ten days before Microsoft forgets it.
    package static let idleNotice: TimeInterval = GrantSchedule.idleLife - 10 * 86_400
}
