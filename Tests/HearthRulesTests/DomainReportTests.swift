import TestSupport
import Testing

@testable import HearthRules

@Suite("Domain reports")
struct DomainReportTests {
    private static let sound: [String: [MailZone.Record]] = [
        "contoso.example": [
            .txt("v=spf1 include:spf.protection.outlook.com -all"), .mx("contoso-example.mail.protection.outlook.com"),
        ],
        "_dmarc.contoso.example": [.txt("v=DMARC1; p=reject")],
        SPFReport.microsoft: [.txt("v=spf1 ip4:40.92.0.0/15 -all")],
    ]

    private func report(
        _ changes: [String: [MailZone.Record]], silent: Set<String> = []
    ) -> DomainReport {
        MailZone(Self.sound.merging(changes) { $1 }, silent: silent).report(on: "contoso.example").report
    }

    @Test("each record that is not sound lowers the grade; if one is unknown there is no grade")
    func grades() {
        #expect(report([:]).grade == .a && report([:]).problems == [])
        #expect(report(["_dmarc.contoso.example": []]).grade == .b)
        #expect(report(["_dmarc.contoso.example": [], SPFReport.microsoft: []]).grade == .c)
        #expect(report(["_dmarc.contoso.example": [], "contoso.example": []]).grade == .d)
        #expect(report([:], silent: ["_dmarc.contoso.example"]).grade == nil)
    }

    @Test("a valid record that allows every sender is not sound")
    func passesAll() {
        let report = report(["contoso.example": [.txt("v=spf1 +all"), .mx("x.mail.protection.outlook.com")]])
        #expect(report.spf.verdict == .valid && report.grade == .b && report.soundRecords == 2)
    }

    @Test(
        "MX records must name hosts that accept mail",
        arguments: [
            (["a-b.mail.protection.outlook.com"], .valid, []), (["x.o-v1.mx.microsoft"], .valid, []),
            (["outlook-com.olc.protection.outlook.com"], .valid, []),
            (["mx.gateway.example"], .valid, [.mxNotMicrosoft]),
            (["mx.gateway.example", "a.mail.protection.outlook.com"], .valid, []), ([], .missing, [.mxMissing]),
            ([""], .invalid, [.mxNull]), (["", "mx.example"], .invalid, [.mxNullWithOthers]),
            (["192.0.2.1"], .invalid, [.mxAddress]),
        ] as [([String], RecordVerdict, [DomainProblem.Code])])
    func exchangers(hosts: [String], verdict: RecordVerdict, codes: [DomainProblem.Code]) {
        let spf = MailZone.Record.txt("v=spf1 include:spf.protection.outlook.com -all")
        let report = report(["contoso.example": hosts.map { .mx($0) } + [spf]])
        #expect(report.mx.verdict == verdict && report.mx.hosts == hosts)
        #expect(report.problems.map(\.code) == codes)
        #expect(report.grade == (verdict == .valid ? .a : .b))
    }

    @Test("an MX that cannot be looked up is not reported as missing")
    func unanswered() {
        let report = report([:], silent: ["contoso.example"])
        #expect(report.mx.verdict == .unknown && report.mx.problems.map(\.code) == [.mxUnchecked])
    }

    @Test("a check of random records ends within the query limit, and is repeatable")
    func random() async {
        var generator = SeededRandom(seed: 13)
        let domains = (0..<6).map { "d\($0).example" }
        func pick<Element>(_ elements: [Element]) -> Element {
            elements[Int.random(in: 0..<elements.count, using: &generator)]
        }
        func term() -> String {
            let target = pick(
                domains + ["%{ir}.d1.example", "%{d}", "%{l}.d2.example", "%{o2r}.example", "x.example", "d", ""])
            return pick([
                "include:\(target)", "redirect=\(target)", "a:\(target)", "mx:\(target)/24", "exists:\(target)", "ptr",
                "mx", "a//64",
                "ip4:40.92.0.0/\(pick(["15", "33", ""]))", "ip6:2a01::/\(pick(["16", "129"]))", "-all", "~all", "+all",
                "?a", "exp=\(target)",
                "v=spf1", "\u{202E}", "%{", "include:spf.protection.outlook.com",
            ])
        }
        func text() -> String {
            var text =
                pick(["v=spf1", "v=spf1", "v=spf1", "v=DMARC1; p="]) + " "
                + (0..<Int.random(in: 0...8, using: &generator)).map { _ in term() }.joined(separator: " ")
            if pick([true, false, false]), let index = text.indices.randomElement(using: &generator) {
                text.insert(pick(["%", "{", "}", "/", ":", "=", ";", " ", "\u{0}", "é", "!", "."]), at: index)
            }
            return text
        }
        for _ in 0..<3_000 {
            await Task.yield()
            var records: [String: [MailZone.Record]] = [
                SPFReport.microsoft: [.txt("v=spf1 ip4:40.92.0.0/15 ip6:2a01:111:f400::/48 -all")]
            ]
            for domain in domains {
                records[domain] =
                    (0..<pick([1, 1, 1, 2])).map { _ in .txt(text()) } + [.a(40, 92, 0, 0), .mx(pick(domains))]
                records["_dmarc." + domain] = [.txt(text())]
            }
            let zone = MailZone(records, silent: pick([[], [], ["d3.example"]]))
            let (report, questions) = zone.report(on: "d0.example")
            #expect(questions <= DomainReport.questionLimit + 4)
            #expect(zone.report(on: "d0.example").report == report)
            #expect(report.problems.allSatisfy { $0.message.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
        }
    }
}
