import Foundation
import Postgres

/// A program from PostgreSQL's client package: `pg_dump` or `pg_restore`.
struct PostgresTool: Sendable {
    let path: String

    /// Finds the program in `PATH`.
    /// - Throws: `OperatorRefusal` if it is not there.
    init(_ name: String) throws {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let found = folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else {
            throw OperatorRefusal(
                "\(name) is not in PATH. Install PostgreSQL's client programs, not older than the server (Debian: postgresql-client)"
            )
        }
        path = found
    }

    /// Runs the program against a database and waits until it exits, which blocks the thread.
    ///
    /// - Throws: `OperatorRefusal` with the end of the program's error output if it fails.
    func run(_ arguments: [String], on connection: ConnectionString) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") }
        environment.merge(connection.environment) { _, new in new }
        // A server that does not answer must cause an error eventually, and error messages must be in English.
        environment["PGCONNECT_TIMEOUT"] = environment["PGCONNECT_TIMEOUT"] ?? "10"
        environment["LC_ALL"] = "C"
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let words = Pipe()
        process.standardError = words
        do { try process.run() } catch {
            throw OperatorRefusal("\(path) cannot be started: \(error.localizedDescription)")
        }
        let said = words.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let text = String(decoding: said.suffix(2_000), as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            throw OperatorRefusal("\(path) failed (\(process.terminationStatus)): \(text)")
        }
    }
}

/// Runs blocking work on its own thread, outside the pool that runs tasks.
func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result { try body() }) }
        thread.name = "blocking"
        thread.start()
    }
}
