import HearthCore
import Postgres

extension Operator {
    /// Runs `body` with a client for operations on whole tables, whose statements may take up to a day.
    ///
    /// - Parameter uri: nil for the service's own database.
    func patiently<Value>(on uri: String? = nil, _ body: (Database) async throws -> Value) async throws -> Value {
        var settings = settings.patientDatabase(name: "hearth-operator")
        if let uri { settings.uri = uri }
        let database = try Database(settings)
        let result: Result<Value, any Error>
        do { result = .success(try await body(database)) } catch { result = .failure(error) }
        await database.shutdown(drain: .seconds(2))
        return try result.get()
    }
}
