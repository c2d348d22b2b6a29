package import Foundation
package import HearthCore
import HearthMailboxes
import HearthRules
package import Logging
import Synchronization

/// Exposes the warnings that concern the whole service as metrics, from this process's settings and the database, and logs
/// each once when it begins.
package struct WatchOperatorWarnings: PeriodicWorker {
    package let operators: OperatorWarnings
    let meters: Meters
    let now: @Sendable () -> Date
    package let logger: Logger
    private let logged = Logged()

    package static let pause = Duration.seconds(10)
    package static let failure: Logger.Message = "Could not read the operator's warnings; trying again"

    private final class Logged: Sendable {
        let codes = Mutex<Set<WarningCode>>([])
    }

    package init(operators: OperatorWarnings, meters: Meters, now: @escaping @Sendable () -> Date, logger: Logger) {
        self.operators = operators
        self.meters = meters
        self.now = now
        self.logger = logger
    }

    package func round() async throws {
        let now = now()
        meters.encryptionKeys(operators.keys)
        if let end = operators.secret.expiresAt {
            meters.operatorSecretLeft(.seconds(end.timeIntervalSince(now)))
        }
        let current = try await operators.current(at: now)
        let codes = Set(current.map(\.code))
        for code in WarningCode.operators { meters.warnings(codes.contains(code) ? 1 : 0, code: code.rawValue) }
        let news = logged.codes.withLock { logged in
            defer { logged = codes }
            return current.filter { !logged.contains($0.code) }
        }
        for warning in news {
            logger.log(
                level: warning.code.isFailure ? .error : .warning, "\(warning.text) \(warning.code.advice)",
                metadata: ["warning.code": "\(warning.code.rawValue)"])
        }
    }
}
