import DNS
import Foundation
import HearthRules
import Synchronization

/// A look at what a mailbox's domain publishes.
struct DomainFindings: Sendable {
    let domain: String
    let spf: RecordVerdict
    let spfRecord: String?
    let dmarc: RecordVerdict
    let dmarcRecord: String?
    let mx: RecordVerdict
    let mailHosts: [String]
    let checkedAt: Date

    var grade: DomainGrade? { DomainGrade([spf, dmarc, mx]) }
}

/// Looks a domain up, once for all who ask at the same time, and remembers what it found for some minutes: partners ask
/// for the health of a thousand mailboxes of one domain at once.
final class DomainCheck: Sendable {
    private struct Entry {
        let findings: DomainFindings
        let until: ContinuousClock.Instant
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// A domain whose servers are silent keeps a few of the resolver's threads, however many ask for it.
        var underWay: [String: Task<DomainFindings, Never>] = [:]
    }

    private let resolver: DNSResolver
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    private static let life = Duration.seconds(300)
    private static let capacity = 10_000

    init(_ resolver: DNSResolver, now: @escaping @Sendable () -> Date) {
        self.resolver = resolver
        self.now = now
    }

    func findings(for domain: String) async -> DomainFindings {
        if let entry = state.withLock({ $0.entries[domain] }), entry.until > .now { return entry.findings }
        let look = state.withLock { state in
            if let underWay = state.underWay[domain] { return underWay }
            let look = Task { await lookUpAndRemember(domain) }
            state.underWay[domain] = look
            return look
        }
        return await look.value
    }

    private func lookUpAndRemember(_ domain: String) async -> DomainFindings {
        let findings = await lookUp(domain)
        let instant = ContinuousClock.now
        state.withLock { state in
            state.underWay[domain] = nil
            // What could not be looked up is looked up again the next time.
            guard findings.grade != nil else { return }
            if state.entries.count >= Self.capacity {
                state.entries = state.entries.filter { $0.value.until > instant }
            }
            if state.entries.count >= Self.capacity { state.entries.removeAll() }
            state.entries[domain] = Entry(findings: findings, until: instant + Self.life)
        }
        return findings
    }

    private func lookUp(_ domain: String) async -> DomainFindings {
        async let spf = spf(of: domain)
        async let dmarc = dmarc(of: domain)
        async let hosts = try? resolver.mailExchangers(of: domain).map(\.host)
        let (spfVerdict, spfRecord) = await spf
        let (dmarcVerdict, dmarcRecord) = await dmarc
        let mailHosts = await hosts
        return DomainFindings(
            domain: domain, spf: spfVerdict, spfRecord: spfRecord, dmarc: dmarcVerdict, dmarcRecord: dmarcRecord,
            mx: mailHosts.map(DomainRecords.mx) ?? .unknown, mailHosts: mailHosts ?? [], checkedAt: now())
    }

    private func spf(of domain: String) async -> (RecordVerdict, String?) {
        guard let texts = try? await resolver.texts(of: domain) else { return (.unknown, nil) }
        return DomainRecords.spf(in: texts)
    }

    /// The first record on the way up counts.
    private func dmarc(of domain: String) async -> (RecordVerdict, String?) {
        for name in DomainRecords.dmarcNames(of: domain) {
            guard let texts = try? await resolver.texts(of: name) else { return (.unknown, nil) }
            let (verdict, record) = DomainRecords.dmarc(in: texts)
            if verdict != .missing { return (verdict, record) }
        }
        return (.missing, nil)
    }
}
