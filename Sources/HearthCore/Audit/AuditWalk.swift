import Foundation
import HearthRules

/// Walks along a chain and verifies every entry: its position, its link, and its content or the proof of its erasure.
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

    /// - Returns: the problem of the entry; nil if it is valid.
    mutating func step(_ entry: AuditEntry) -> String? {
        guard let found = entry.position, let foundLink = entry.link else { return "an entry is not chained" }
        let expected = position + 1
        // Continue after an invalid entry, so that every problem is reported once.
        let previous = link
        (position, link) = (found, foundLink)
        guard found == expected else {
            return found > expected
                ? "entries \(expected) to \(found - 1) are missing"
                : "entry \(found) is present although it was cut off"
        }
        guard isEqualInConstantTime(foundLink, chain.link(of: entry, at: found, after: previous)) else {
            return "entry \(found) does not match its link in the chain"
        }
        if let erasedAt = entry.erasedAt {
            guard let erasure = entry.erasure, entry.content == AuditContent(), entry.salt == nil,
                isEqualInConstantTime(erasure, chain.erasure(found, digest: entry.digest, at: erasedAt))
            else { return "entry \(found) is marked as erased, but its erasure is not authentic" }
            erased += 1
        } else if !entry.hasItsContent {
            return "the content of entry \(found) was altered"
        }
        verified += 1
        return nil
    }
}
