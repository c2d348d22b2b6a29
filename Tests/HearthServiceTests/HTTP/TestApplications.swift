import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import StrictJSON
import Synchronization
import Testing

@testable import HearthCore
@testable import HearthWeb

/// Collects log lines for a test.
final class LogLines: Sendable {
    private let state = Mutex<[String]>([])

    var all: [String] { state.withLock { $0 } }

    func append(_ line: [UInt8]) {
        state.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    }

    /// Returns a logger that writes to this object.
    func logger(level: Logger.Level = .debug) -> Logger {
        let output = LogOutput { [self] in append($0) }
        return Logger(label: "test") { label in
            JSONLogHandler(label: label, level: level, output: output) { Date(timeIntervalSince1970: 0) }
        }
    }

    /// Returns the lines with this message as JSON objects.
    func lines(_ message: String) throws -> [JSONObject] {
        try all.compactMap { try JSONParser().parse(Array($0.utf8)).value.asObject }
            .filter { $0["message"] == .string(message) }
    }
}

/// An application with all the middleware and the routes of one test.
struct TestApplication {
    let lines = LogLines()
    let meters = Meters()

    func build(
        errorMapping: @escaping @Sendable (any Error) -> APIError? = { _ in nil },
        isSecure: Bool = false,
        routes: (Router<AppContext>) -> Void
    ) -> some ApplicationProtocol {
        Application(
            router: router(errorMapping: errorMapping, isSecure: isSecure, routes: routes), logger: lines.logger())
    }

    func router(
        errorMapping: @escaping @Sendable (any Error) -> APIError? = { _ in nil },
        isSecure: Bool = false,
        routes: (Router<AppContext>) -> Void
    ) -> Router<AppContext> {
        var standard = StandardMiddleware(measure: meters.requests.record) { Date(timeIntervalSince1970: 0) }
        standard.makeRequestID = { "made-1" }
        standard.randomNumber = { 0xAB }
        standard.errorMapping = errorMapping
        standard.isSecure = isSecure
        let router = Router(context: AppContext.self)
        standard.install(on: router)
        routes(router)
        standard.routesAreComplete(on: router)
        return router
    }
}
