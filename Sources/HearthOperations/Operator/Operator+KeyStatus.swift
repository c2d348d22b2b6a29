import Foundation
import HearthCore
import HearthWeb
import Postgres
import StrictJSON

extension Operator {
    /// The use of one key of the ring or of the database.
    private struct KeyUse {
        let id: String
        let isInRing: Bool
        let seals: Bool
        let values: Int
        let sealingUntil: Date?

        func isRemovable(at now: Date) -> Bool { isInRing && !seals && values == 0 && (sealingUntil ?? now) <= now }

        func words(at now: Date) -> String {
            if !isInRing { return values == 0 ? "not in the ring, not used" : "MISSING from the ring" }
            if seals { return "seals" }
            if isRemovable(at: now) { return sealingUntil == nil ? "removable" : "removable after: hearth keys rotate" }
            return values > 0 ? "needed" : "needed: a process may still seal with it"
        }
    }

    /// Counts the values sealed with each key, by column, and reports which keys are removable.
    package func keyStatus() async throws -> Answer {
        let now = try await now()
        let registered = try await KeyRegistry(database: database).entries()
        var columns: [(column: SealedColumn, key: String, count: Int)] = []
        try await withLongStatements { patient in
            for column in SealedColumn.all {
                let counts = try await SealedValues(database: patient, column: column).countByKey()
                columns += counts.sorted { $0.key < $1.key }.map { (column, $0.key, $0.value) }
            }
        }
        let ring = settings.keyRing
        let known = Set(registered.map(\.id)).union(columns.map(\.key)).subtracting(ring.ids)
        let uses = (ring.ids + known.sorted()).map { id in
            KeyUse(
                id: id, isInRing: ring.ids.contains(id), seals: id == ring.newestID,
                values: columns.filter { $0.key == id }.map(\.count).reduce(0, +),
                sealingUntil: registered.first { $0.id == id }?.sealingUntil)
        }
        let lines =
            uses.map { "\($0.id.isEmpty ? "(no key)" : $0.id): \($0.values) values, \($0.words(at: now))" }
            + columns.map { "  \($0.column)  \($0.key.isEmpty ? "(no key)" : $0.key)  \($0.count)" }
        var answer = Answer(text: lines.joined(separator: "\n")) { json in
            json.array("keys") { json in
                for use in uses { json.object { Self.write(use, to: &$0, at: now) } }
            }
            json.array("columns") { json in
                for (column, key, count) in columns {
                    json.object { json in
                        json.member("column", column.description)
                        json.member("key_id", key)
                        json.member("values", count)
                    }
                }
            }
        }
        answer.isFailure = uses.contains { !$0.isInRing && $0.values > 0 }
        return answer
    }

    private static func write(_ use: KeyUse, to json: inout JSONWriter, at now: Date) {
        json.member("key_id", use.id)
        json.member("values", use.values)
        json.member("in_ring", use.isInRing)
        json.member("seals", use.seals)
        json.member("removable", use.isRemovable(at: now) && use.sealingUntil == nil)
        json.member("sealing_until", use.sealingUntil.map(RFC3339.format))
    }
}
