import HearthRules
import Testing

@Suite("What a domain publishes")
struct DomainRecordsTests {
    @Test(
        "SPF is valid if there is exactly one record of version 1",
        arguments: [
            ([], RecordVerdict.missing), (["google-site-verification=x"], .missing), (["v=spf1 -all"], .valid),
            (["V=SPF1 include:spf.protection.outlook.com -all"], .valid), (["v=spf1"], .valid),
            (["v=spf10 -all"], .missing), (["v=spf1 -all", "v=spf1 ~all"], .invalid), ([" v=spf1 -all"], .missing),
        ] as [([String], RecordVerdict)])
    func spf(texts: [String], expected: RecordVerdict) {
        #expect(DomainRecords.spf(in: texts).verdict == expected)
    }

    @Test(
        "DMARC is valid if there is exactly one record with a known policy",
        arguments: [
            ([], RecordVerdict.missing), (["v=DMARC1; p=reject"], .valid), (["v=DMARC1;p=NONE;rua=mailto:a@b"], .valid),
            ([" v = DMARC1 ; p = quarantine "], .valid), (["v=DMARC1"], .invalid), (["v=DMARC1; p=maybe"], .invalid),
            (["p=reject; v=DMARC1"], .missing), (["v=dmarc1; p=none"], .missing),
            (["v=DMARC1; p=none", "v=DMARC1; p=reject"], .invalid),
        ] as [([String], RecordVerdict)])
    func dmarc(texts: [String], expected: RecordVerdict) {
        #expect(DomainRecords.dmarc(in: texts).verdict == expected)
    }

    @Test("MX names a host, or none at all, or says that no mail is taken")
    func mx() {
        #expect(DomainRecords.mx(hosts: ["mx.example"]) == .valid)
        #expect(DomainRecords.mx(hosts: []) == .missing)
        #expect(DomainRecords.mx(hosts: [""]) == .invalid)
        #expect(DomainRecords.mx(hosts: ["."]) == .invalid)
    }

    @Test("DMARC is looked for at the domain and then above it")
    func names() {
        #expect(
            DomainRecords.dmarcNames(of: "a.b.example") == ["_dmarc.a.b.example", "_dmarc.b.example"])
        #expect(DomainRecords.dmarcNames(of: "example") == [])
    }

    @Test("a letter is lost for each record that is not valid; while one is unknown there is no grade")
    func grade() {
        #expect(DomainGrade([.valid, .valid, .valid]) == .a)
        #expect(DomainGrade([.valid, .missing, .valid]) == .b)
        #expect(DomainGrade([.invalid, .missing, .valid]) == .c)
        #expect(DomainGrade([.missing, .missing, .missing]) == .d)
        #expect(DomainGrade([.valid, .unknown, .valid]) == nil)
    }
}
