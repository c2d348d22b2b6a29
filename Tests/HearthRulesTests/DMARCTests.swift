import Testing

@testable import HearthRules

@Suite("DMARC")
struct DMARCTests {
    private func report(_ texts: [String], above: [String] = []) -> DMARCReport {
        MailZone([
            "_dmarc.mail.contoso.example": texts.map { .txt($0) }, "_dmarc.contoso.example": above.map { .txt($0) },
        ]).report(on: "mail.contoso.example", organizationalDomain: "contoso.example").report.dmarc
    }

    @Test(
        "a record is judged as receivers judge it",
        arguments: [
            ("v=DMARC1; p=reject", .valid, .reject, []),
            ("v=DMARC1;p=NONE;rua=mailto:a@b.example", .valid, .some(.none), []),
            (" v = DMARC1 ; p = quarantine ;", .valid, .quarantine, []),
            // RFC 7489, section 6.6.3: without a policy a record that asks for reports counts as p=none.
            ("v=DMARC1; rua=mailto:dmarc@contoso.example", .valid, .some(.none), [.dmarcPolicyMissing]),
            ("v=DMARC1; rua=mailto:a@b.example!10m,mailto:c@d.example", .valid, .some(.none), [.dmarcPolicyMissing]),
            ("v=DMARC1; p=maybe; rua=mailto:a@b.example", .valid, .some(.none), [.dmarcPolicyInvalid]),
            ("v=DMARC1; p=reject; sp=maybe; rua=mailto:a@b.example", .valid, .some(.none), [.dmarcPolicyInvalid]),
            ("v=DMARC1", .invalid, nil, [.dmarcPolicyMissing]),
            ("v=DMARC1; p=maybe", .invalid, nil, [.dmarcPolicyInvalid]),
            ("v=DMARC1; p=", .invalid, nil, [.dmarcPolicyInvalid]),
            ("v=DMARC1; p=reject; sp=maybe", .invalid, nil, [.dmarcPolicyInvalid]),
            ("v=DMARC1; rua=nonsense", .invalid, nil, [.dmarcPolicyMissing, .dmarcTagInvalid]),
            ("v=DMARC1; rua=", .invalid, nil, [.dmarcPolicyMissing, .dmarcTagInvalid]),
            ("v=DMARC1; rua=mailto:a@b.example!10x", .invalid, nil, [.dmarcPolicyMissing, .dmarcTagInvalid]),
            ("v=DMARC1; p=none; pct=101", .valid, .some(.none), [.dmarcTagInvalid]),
            ("v=DMARC1; p=none; adkim=x; aspf=strict", .valid, .some(.none), [.dmarcTagInvalid, .dmarcTagInvalid]),
            (
                "v=DMARC1; p=none; adkim=S; aspf=r; fo=1:d:s; pct=0; ri=86400; rf=afrf; np=reject; x=y", .valid,
                .some(.none), []
            ),
            ("p=reject; v=DMARC1", .missing, nil, [.dmarcUnrecognized]),
            ("v=dmarc1; p=none", .missing, nil, [.dmarcUnrecognized]),
            ("v=DMARC1.0; p=none", .missing, nil, [.dmarcUnrecognized]), ("other", .missing, nil, [.dmarcMissing]),
        ] as [(String, RecordVerdict, DMARCReport.Policy?, [DomainProblem.Code])])
    func records(text: String, verdict: RecordVerdict, policy: DMARCReport.Policy?, codes: [DomainProblem.Code]) {
        let report = report([text])
        #expect(report.verdict == verdict && report.policy == policy)
        #expect(report.problems.map(\.code) == codes)
    }

    @Test("several DMARC records are invalid, and other records do not matter")
    func several() {
        #expect(report(["v=DMARC1; p=none", "v=DMARC1; p=reject"]).problems.map(\.code) == [.dmarcSeveralRecords])
        #expect(report(["v=DMARC1; p=none", "v=DMARC1; p=reject"]).verdict == .invalid)
        #expect(report(["v=DMARC1; p=none", "v=DMARC2; p=reject", "other"]).verdict == .valid)
    }

    @Test("the organisational domain's record applies to subdomains, with its subdomain policy")
    func inherited() {
        #expect(report([], above: ["v=DMARC1; p=reject"]).policy == .reject)
        #expect(report([], above: ["v=DMARC1; p=reject; sp=none"]).policy == .some(.none))
        #expect(report(["v=DMARC1; p=quarantine"], above: ["v=DMARC1; p=reject"]).policy == .quarantine)
        #expect(report(["v=dmarc1; p=none"], above: ["v=DMARC1; p=reject"]).policy == .reject)
        #expect(report([], above: []).verdict == .missing)
    }

    @Test("only the domain and its organisational domain are queried")
    func places() {
        let zone = MailZone(["_dmarc.b.contoso.example": [.txt("v=DMARC1; p=reject")]])
        #expect(
            zone.report(on: "a.b.contoso.example", organizationalDomain: "contoso.example").report.dmarc.verdict
                == .missing)
    }

    @Test("without a DNS answer there is no verdict")
    func unanswered() {
        let zone = MailZone([:], silent: ["_dmarc.contoso.example"])
        let report = zone.report(on: "mail.contoso.example", organizationalDomain: "contoso.example").report.dmarc
        #expect(report.verdict == .unknown && report.problems.map(\.code) == [.dmarcUnchecked])
    }
}
