import DNS
import Foundation
import HearthRules
import PublicSuffix
import Synchronization

/// The result of checking a mailbox's domain.
struct DomainFindings: Sendable {
    let domain: String
    let report: DomainReport
    let checkedAt: Date
}

/// Checks domains, once for concurrent callers, and caches the findings for five minutes, because partners request the
/// health of a thousand mailboxes of one domain at once.
final class DomainCheck: Sendable {
    private struct Entry {
        let findings: DomainFindings
        let until: ContinuousClock.Instant
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Running checks, shared so that a domain with silent servers occupies only a few of the resolver's threads.
        var underWay: [String: Task<DomainFindings, Never>] = [:]
    }

    private let resolver: DNSResolver
    private let suffixes = PublicSuffixList()
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    private static let life = Duration.seconds(300)
    private static let capacity = 10_000
    /// How long one check sends further queries. Records not queried by then count as failed lookups.
    private static let patience = Duration.seconds(10)

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
        let findings = DomainFindings(domain: domain, report: await report(on: domain), checkedAt: now())
        let instant = ContinuousClock.now
        state.withLock { state in
            state.underWay[domain] = nil
            // Failed lookups are not cached.
            guard findings.report.grade != nil else { return }
            if state.entries.count >= Self.capacity {
                state.entries = state.entries.filter { $0.value.until > instant }
            }
            if state.entries.count >= Self.capacity { state.entries.removeAll() }
            state.entries[domain] = Entry(findings: findings, until: instant + Self.life)
        }
        return findings
    }

    /// Looks up the records that the rules ask for until they are done, within limits of number and time.
    private func report(on domain: String) async -> DomainReport {
        let organizationalDomain = suffixes.organizationalDomain(of: domain)
        let deadline = ContinuousClock.now + Self.patience
        var answers = DNSAnswers()
        while true {
            switch DomainReport.step(for: domain, organizationalDomain: organizationalDomain, answers: answers) {
            case .done(let report): return report
            case .ask(let questions):
                let mayAsk =
                    answers.count + questions.count <= DomainReport.questionLimit && ContinuousClock.now < deadline
                let found = mayAsk ? await look(up: questions) : [:]
                for question in questions { answers[question] = found[question] ?? .failed }
            }
        }
    }

    /// Looks up all records concurrently.
    private func look(up questions: Set<DNSQuestion>) async -> [DNSQuestion: DNSAnswer] {
        await withTaskGroup(of: (DNSQuestion, DNSAnswer).self) { [resolver] group in
            for question in questions {
                group.addTask { (question, await Self.answer(to: question, resolver)) }
            }
            var answers: [DNSQuestion: DNSAnswer] = [:]
            for await (question, answer) in group { answers[question] = answer }
            return answers
        }
    }

    private static func answer(to question: DNSQuestion, _ resolver: DNSResolver) async -> DNSAnswer {
        do {
            switch question.kind {
            case .txt: return .texts(try await resolver.texts(of: question.name))
            case .mx: return .hosts(try await resolver.mailExchangers(of: question.name).map(\.host))
            case .a: return .addresses(try await resolver.v4Addresses(of: question.name))
            case .aaaa: return .addresses(try await resolver.v6Addresses(of: question.name))
            }
        } catch {
            return .failed
        }
    }
}
