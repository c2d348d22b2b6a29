/// What a transaction collects while its body runs and writes last, in the round trip of COMMIT.
///
/// It is for rows that many transactions want, such as a counter: they are locked after all others and as briefly as
/// possible, whatever the body does after it has collected. A query of the same body does not see them.
package protocol ClosingWrites: Sendable {
    /// Collections are written in the ascending order of this number.
    static var rank: Int { get }

    /// Nothing is collected yet. So begins each run of a body.
    init()

    /// The statements to be written.
    ///
    /// - Throws: whatever makes the transaction fail instead of committing.
    func statements() throws -> [SQL]
}
