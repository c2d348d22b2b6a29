import Postgres

extension Operator {
    /// A client for what goes over whole tables, and may take a day.
    ///
    /// - Parameter uri: nil for the service's own database, past any pooler.
    func patiently<Value>(on uri: String? = nil, _ body: (Database) async throws -> Value) async throws -> Value {
        let day = Duration.seconds(86_400)
        var settings = settings.database(connections: 1, name: "hearth-operator")
        settings.uri = uri ?? self.settings.migrationDatabaseURL
        settings.pooler = .none
        settings.statementTimeout = day
        settings.idleInTransactionTimeout = day
        settings.runLimit = day
        let database = try Database(settings)
        let result: Result<Value, any Error>
        do { result = .success(try await body(database)) } catch { result = .failure(error) }
        await database.shutdown(drain: .seconds(2))
        return try result.get()
    }
}
