package import Logging
package import Postgres

/// The value of a gauge that is the same in every process, with at most one label.
package struct ClusterGauge: Sendable, Equatable {
    package let name: String
    package let label: String
    let labelValue: String
    let value: Double

    package init(name: String, label: String, labelValue: String, value: Double) {
        self.name = name
        self.label = label
        self.labelValue = labelValue
        self.value = value
    }

    package init(_ metric: MetricDefinition, _ label: (name: String, value: String)? = nil, value: Double) {
        self.init(name: metric.name, label: label?.name ?? "", labelValue: label?.value ?? "", value: value)
    }

    package init(_ metric: MetricDefinition, _ label: (name: String, value: String)? = nil, count: Int) {
        self.init(metric, label, value: Double(count))
    }
}

/// The statements about `cluster_gauges`, which has no tenant.
package struct ClusterGaugeStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// Replaces all gauges in one commit, so that no reader sees a mix of two readings.
    package func replace(_ gauges: [ClusterGauge]) async throws {
        try await database.transaction { transaction in
            transaction.write("DELETE FROM cluster_gauges")
            transaction.write(
                """
                INSERT INTO cluster_gauges (gauge, label, label_value, value)
                SELECT * FROM unnest(\(gauges.map(\.name)), \(gauges.map(\.label)), \(gauges.map(\.labelValue)),
                    \(gauges.map { String($0.value) })::float8[])
                ON CONFLICT (gauge, label_value) DO UPDATE SET value = excluded.value
                """)
        }
    }

    package func all() async throws -> [ClusterGauge] {
        try await database.read(
            "SELECT gauge, label, label_value, value FROM cluster_gauges ORDER BY gauge, label_value"
        ).map { row in
            ClusterGauge(
                name: try row["gauge"], label: try row["label"], labelValue: try row["label_value"],
                value: try row["value"])
        }
    }
}

/// Copies the cluster's gauges, which one process counts, to the metrics of this process, so that every process exports them.
package struct ShowGauges: PeriodicWorker {
    let store: ClusterGaugeStore
    let meters: Meters
    package let logger: Logger

    package init(store: ClusterGaugeStore, meters: Meters, logger: Logger) {
        self.store = store
        self.meters = meters
        self.logger = logger
    }

    package static let pause = Duration.seconds(2)
    package static let failure: Logger.Message = "The gauges of the cluster could not be read; trying again"

    package func round() async throws {
        for gauge in try await store.all() { meters.show(gauge) }
    }
}
