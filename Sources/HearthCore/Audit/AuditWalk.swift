import Foundation
import HearthRules

/// Walks along a chain and looks at every entry: its place, its link, its content or the proof of its erasure.
struct AuditWalk {
    let chain: AuditChain
    private(set) var position: Int64
    private(set) var link: [UInt8]
    private(set) var verified = 0
    private(set) var erased = 0

    init(from head: AuditHead) {
        chain = head.chain
        position = head.cut
        link = head.cutLink
    }

    /// - Returns: what is wrong with the entry; nil when nothing is.
    mutating func step(_ entry: AuditEntry) -> String? {
        guard let found = entry.position, let foundLink = entry.link else { return "an entry is not chained" }
        let expected = position + 1
        // The walk goes on behind whatever is wrong, so that everything is named once.
        let previous = link
        (position, link) = (found, foundLink)
        guard found == expected else {
            return found > expected
                ? "entries \(expected) to \(found - 1) are missing" : "entry \(found) is there although it was cut off"
        }
        guard isEqualInConstantTime(foundLink, chain.link(of: entry, at: found, after: previous)) else {
            return "entry \(found) is not the one that was chained"
        }
        if let erasedAt = entry.erasedAt {
            guard let erasure = entry.erasure, entry.content == AuditContent(), entry.salt == nil,
                isEqualInConstantTime(erasure, chain.erasure(found, digest: entry.digest, at: erasedAt))
            else { return "the content of entry \(found) was taken away, and not by an erasure" }
            erased += 1
        } else if !entry.hasItsContent {
            return "the content of entry \(found) is not the one that was written"
        }
        verified += 1
        return nil
    }
}
