import HearthCore
import Postgres

/// Checks that every sealed value of a database can be opened with the key ring. Keeps none of the values.
struct OpenSealedValues {
    let database: Database
    let ring: KeyRing

    struct Outcome: Sendable {
        var opened = 0
        var problems: [SealedValueProblem] = []
    }

    private static let batch = 500

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for column in SealedColumn.all {
            let values = SealedValues(database: database, column: column)
            var last: SealedValue?
            while true {
                let page = try await values.page(after: last, leavingOut: nil, limit: Self.batch)
                guard let end = page.last else { break }
                last = end
                for value in page {
                    do {
                        _ = try ring.open(value.bytes, for: column.place(tenant: value.tenantID, row: value.row))
                        outcome.opened += 1
                    } catch {
                        outcome.problems.append(
                            SealedValueProblem(
                                column: column, tenantID: value.tenantID, row: value.row, words: error.words))
                    }
                }
            }
        }
        return outcome
    }
}
