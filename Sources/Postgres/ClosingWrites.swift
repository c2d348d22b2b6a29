/// Writes that a transaction collects while its body runs and sends last, in the same round trip as COMMIT.
///
/// For contended rows, such as counters: they are locked after all others and as briefly as possible, wherever in the
/// body the writes were collected. Queries in the same body do not see them.
package protocol ClosingWrites: Sendable {
    /// Collections are written in ascending order of rank.
    static var rank: Int { get }

    /// Creates an empty collection. Each run of a body starts with one.
    init()

    /// The statements to write.
    ///
    /// - Throws: any error; the transaction then fails instead of committing.
    func statements() throws -> [SQL]
}
