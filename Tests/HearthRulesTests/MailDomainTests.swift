import HearthRules
import Testing

@Suite("Domains and levels")
struct MailDomainTests {
    @Test("the domain of an address is normalised")
    func spelling() throws {
        #expect(try MailDomain("Bücher.Example").name == "xn--bcher-kva.example")
        #expect(try EmailAddress("Ann@Bücher.Example").domain == MailDomain("bücher.example"))
        for text in ["", "no domain", "localhost", "a@b.example", "-x.example"] {
            #expect(throws: EmailAddress.Problem.self) { try MailDomain(text) }
        }
    }

    @Test("Microsoft's own domains are matched exactly, never by suffix")
    func consumer() throws {
        for text in ["outlook.com", "Hotmail.CO.UK", "live.com.mx", "msn.com", "windowslive.es"] {
            #expect(try MailDomain(text).isMicrosoftConsumer, "\(text)")
        }
        for text in ["outlook.example", "mail.outlook.com", "contoso.onmicrosoft.com", "microsoft.com", "live.example"]
        {
            #expect(try !MailDomain(text).isMicrosoftConsumer, "\(text)")
        }
    }

    @Test("the levels that each level covers")
    func levels() {
        let covered = Dictionary(
            uniqueKeysWithValues: PermissionLevel.allCases.map { level in
                (level, PermissionLevel.allCases.filter(level.covers))
            })
        #expect(
            covered == [
                .send: [.send], .readOnly: [.readOnly], .readSend: [.send, .readOnly, .readSend],
                .warmup: [.send, .readOnly, .readSend, .warmup],
            ])
    }
}
