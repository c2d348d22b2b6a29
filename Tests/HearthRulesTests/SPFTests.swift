import Testing

@testable import HearthRules

@Suite("SPF")
struct SPFTests {
    /// Microsoft's published record, with two of its networks.
    private static let microsoft = MailZone.Record.txt("v=spf1 ip4:40.92.0.0/15 ip6:2a01:111:f400::/48 -all")

    private func report(
        _ record: String, _ others: [String: [MailZone.Record]] = [:], silent: Set<String> = []
    ) -> SPFReport {
        var records = others
        records["contoso.example"] = [.txt(record), .mx("mx.contoso.example"), .a(192, 0, 2, 1)]
        records[SPFReport.microsoft] = [Self.microsoft]
        return MailZone(records, silent: silent).report(on: "contoso.example").report.spf
    }

    @Test(
        "a correct record has no problem",
        arguments: [
            ("v=spf1 include:spf.protection.outlook.com -all", 1),
            ("V=SPF1 Include:SPF.Protection.Outlook.com ~ALL", 1),
            ("v=spf1  ip4:192.0.2.0/24   include:spf.protection.outlook.com -all ", 1),
            ("v=spf1 a mx include:spf.protection.outlook.com exp=why.contoso.example -all", 3),
            ("v=spf1 redirect=spf.protection.outlook.com", 1),
            ("v=spf1 unknown=x include:spf.protection.outlook.com -all", 1),
            ("v=spf1 exists:%{i}._spf.%{d} include:spf.protection.outlook.com -all", 2),
            ("v=spf1 ip4:40.92.0.0/15 ip6:2a01:111:f400::/48 -all", 0), ("v=spf1 ip4:0.0.0.0/0 ip6:::/0 -all", 0),
        ])
    func sound(record: String, lookups: Int) {
        let report = report(record)
        #expect(report.verdict == .valid && report.problems == [])
        #expect(report.lookups == lookups && report.passesMicrosoft == true)
    }

    @Test(
        "an unreadable term makes the whole record invalid",
        arguments: [
            "include: spf.protection.outlook.com", "include:", "include", "ip4:999.1.1.1", "ip4:1.2.3",
            "ip4:1.2.3.4/33",
            "ip4:1.2.3.4/", "ip4:1.2.3.4/08", "ip4:1.2.3.4//64", "ip4", "ip4:contoso.example", "ip6:::1/129",
            "ip6:1.2.3.4", "ip6:",
            "a/33", "a/024", "a//129", "a/", "a:contoso.example/24/64", "a:", "mx:/24", "all:x", "all/8", "foo",
            "foo:bar", "-foo",
            "--all", "ptr:", "exists", "exists:localhost", "include:contoso.123", "include:-contoso.x-",
            "include:contoso..",
            "include:%{x}.contoso.example", "include:%{d", "include:%d", "include:%{d0}",
            "include:%{c}.contoso.example",
            "redirect=", "redirect=a.example redirect=b.example", "exp=a.example exp=b.example", "+redirect=a.example",
            "1x=y",
            "unknown=%{", "include:b\u{FC}cher.example", "a\tmx", ",",
        ])
    func unreadable(term: String) {
        let report = report("v=spf1 \(term) include:spf.protection.outlook.com -all")
        #expect(report.verdict == .invalid && report.lookups == nil)
        #expect(report.problems.first?.code == .spfSyntax)
        #expect(report.problems.allSatisfy { $0.message.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
    }

    @Test("a message explains what is wrong with a term, and quotes it")
    func words() throws {
        let problem = try #require(
            report("v=spf1 ip4:999.1.1.1 include:spf.protection.outlook.com -all").problems.first)
        #expect(
            problem.message
                == "Receivers cannot read the SPF record of \"contoso.example\": an IP address is not valid. Correct or remove \"ip4:999.1.1.1\"."
        )
    }

    @Test("a record that includes itself, directly or indirectly, is a loop")
    func loops() {
        #expect(report("v=spf1 include:contoso.example -all").problems.first?.code == .spfLoop)
        #expect(report("v=spf1 redirect=contoso.example").problems.first?.code == .spfLoop)
        let others = [
            "a.example": [MailZone.Record.txt("v=spf1 include:b.example -all")],
            "b.example": [.txt("v=spf1 redirect=a.example")],
        ]
        let report = report("v=spf1 include:a.example -all", others)
        #expect(report.verdict == .invalid && report.problems.first?.code == .spfLoop)
    }

    @Test("ten lookups are allowed, including those of included records, and the eleventh is too many")
    func lookups() {
        let leaf: [MailZone.Record] = [.txt("v=spf1 ip4:192.0.2.1 -all")]
        let leaves = Dictionary(uniqueKeysWithValues: (0..<12).map { ("l\($0).example", leaf) })
        func includes(_ range: Range<Int>) -> String { range.map { "include:l\($0).example" }.joined(separator: " ") }
        let ten = report("v=spf1 include:spf.protection.outlook.com \(includes(0..<9)) -all", leaves)
        #expect(ten.verdict == .valid && ten.lookups == 10 && ten.problems == [])
        let eleven = report("v=spf1 include:spf.protection.outlook.com \(includes(0..<10)) -all", leaves)
        #expect(eleven.verdict == .invalid && eleven.problems.map(\.code) == [.spfTooManyLookups])
        #expect(eleven.passesMicrosoft == true, "Microsoft's mail is found before the limit")
        var nested = leaves
        nested["n.example"] = [.txt("v=spf1 \(includes(0..<6)) -all")]
        nested["m.example"] = [.txt("v=spf1 \(includes(6..<9)) -all")]
        #expect(
            report("v=spf1 include:n.example include:m.example -all", nested).problems.first?.code == .spfTooManyLookups
        )
        // Nothing after "all" is looked up.
        #expect(report("v=spf1 include:spf.protection.outlook.com -all \(includes(0..<11))", leaves).verdict == .valid)
    }

    @Test("two names without an answer are allowed, the third is too many")
    func voidLookups() {
        let two = report("v=spf1 a:x.example mx:y.example include:spf.protection.outlook.com -all")
        #expect(two.verdict == .valid && two.problems == [])
        let three = report("v=spf1 include:spf.protection.outlook.com a:x.example mx:y.example exists:z.example -all")
        #expect(three.verdict == .invalid && three.problems.map(\.code) == [.spfTooManyVoidLookups])
    }

    @Test("an MX of more than ten hosts is too many")
    func exchangers() {
        let hosts = (0..<11).map { MailZone.Record.mx("mx\($0).many.example") }
        let zone = ["many.example": hosts, "ten.example": Array(hosts.prefix(10))]
        #expect(
            report("v=spf1 include:spf.protection.outlook.com mx:many.example -all", zone).problems.map(\.code) == [
                .spfTooManyExchangers
            ])
        #expect(report("v=spf1 include:spf.protection.outlook.com mx:ten.example -all", zone).verdict == .valid)
    }

    @Test("included and redirected domains need a record of their own, and only one")
    func inner() {
        #expect(report("v=spf1 include:none.example -all").problems.first?.code == .spfIncludeWithoutRecord)
        #expect(report("v=spf1 redirect=none.example").problems.first?.code == .spfRedirectWithoutRecord)
        let twice = ["twice.example": [MailZone.Record.txt("v=spf1 -all"), .txt("v=spf1 ~all")]]
        #expect(report("v=spf1 include:twice.example -all", twice).problems.first?.code == .spfSeveralRecords)
        let broken = ["broken.example": [MailZone.Record.txt("v=spf1 foo -all")]]
        #expect(report("v=spf1 include:broken.example -all", broken).problems.first?.code == .spfSyntax)
    }

    @Test(
        "the result for all other senders is judged: pass is an error, neutral a warning",
        arguments: [
            ("+all", .spfPassesAll, .error), ("all", .spfPassesAll, .error),
            ("include:open.example -all", .spfPassesAll, .error),
            ("redirect=open.example", .spfPassesAll, .error), ("?all", .spfNeutral, .warning),
            ("", .spfNeutral, .warning),
            ("ptr -all", .spfPTR, .warning), ("-all mx", .spfIgnoredTerms, .warning),
            ("-all redirect=open.example", .spfIgnoredTerms, .warning),
        ] as [(String, DomainProblem.Code, DomainProblem.Severity)])
    func strangers(terms: String, code: DomainProblem.Code, severity: DomainProblem.Severity) {
        let report = report(
            "v=spf1 include:spf.protection.outlook.com \(terms)", ["open.example": [.txt("v=spf1 +all")]])
        #expect(report.verdict == .valid)
        #expect(report.problems.map(\.code) == [code] && report.problems.map(\.severity) == [severity])
    }

    @Test(
        "whether Microsoft's servers pass is evaluated, however they are named",
        arguments: [
            ("v=spf1 -all", false), ("v=spf1 -include:spf.protection.outlook.com +all", false),
            ("v=spf1 ip4:40.0.0.0/8 ip6:2a01:111::/32 -all", true), ("v=spf1 ip4:40.92.0.0/15 -all", false),
            ("v=spf1 include:other.example -all", true),
            ("v=spf1 -ip4:40.92.0.0/15 include:spf.protection.outlook.com -all", false),
            ("v=spf1 ~all include:spf.protection.outlook.com", false), ("v=spf1 ptr:outlook.com -all", nil),
            ("v=spf1 include:%{l}.contoso.example -all", nil), ("v=spf1 exists:%{ir}.list.example -all", true),
            ("v=spf1 a:out.example -all", true),
        ] as [(String, Bool?)])
    func microsoft(record: String, expected: Bool?) {
        let others: [String: [MailZone.Record]] = [
            "other.example": [.txt("v=spf1 include:spf.protection.outlook.com ~all")],
            "0.0.92.40.list.example": [.a(127, 0, 0, 2)],
            "out.example": [
                .a(40, 92, 0, 0), .aaaa([0x2A, 0x01, 0x01, 0x11, 0xF4, 0] + Array(repeating: 0, count: 10)),
            ],
            "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.f.1.1.1.0.1.0.a.2.list.example": [.a(127, 0, 0, 2)],
        ]
        #expect(report(record, others).passesMicrosoft == expected)
    }

    @Test("some of Microsoft's servers are not enough")
    func partly() {
        #expect(report("v=spf1 ip4:40.92.0.0/15 -all").problems.map(\.code) == [.spfMicrosoftPartlyAuthorized])
        #expect(report("v=spf1 -all").problems.map(\.code) == [.spfMicrosoftNotAuthorized])
    }

    @Test("a missing DNS answer anywhere means no verdict")
    func unanswered() {
        let record = "v=spf1 include:a.example include:spf.protection.outlook.com -all"
        for name in ["contoso.example", "a.example"] {
            let report = report(record, ["a.example": [.txt("v=spf1 -all")]], silent: [name])
            #expect(report.verdict == .unknown && report.problems.map(\.code) == [.spfUnchecked], "\(name)")
            #expect(report.passesMicrosoft == nil && report.lookups == nil)
        }
        let report = report("v=spf1 ip4:192.0.2.1 -all", silent: [SPFReport.microsoft])
        #expect(report.verdict == .valid && report.passesMicrosoft == nil && report.problems == [])
    }

    @Test("several records are invalid, and one that only looks like SPF is missing")
    func selection() {
        func report(_ texts: [String]) -> SPFReport {
            MailZone(["contoso.example": texts.map { .txt($0) }]).report(on: "contoso.example").report.spf
        }
        #expect(report(["v=spf1 -all", "v=spf1 ~all"]).problems.map(\.code) == [.spfSeveralRecords])
        #expect(report(["v=spf1 -all", "v=spf1 ~all"]).verdict == .invalid)
        #expect(report([]).problems.map(\.code) == [.spfMissing])
        #expect(report(["google-site-verification=x"]).problems.map(\.code) == [.spfMissing])
        for text in ["v=spf10 -all", " v=spf1 -all", "v=spf1; -all", "spf1 -all", "v=spf2.0 -all"] {
            #expect(
                report([text]).verdict == .missing && report([text]).problems.map(\.code) == [.spfUnrecognized],
                "\(text)")
        }
    }
}
