import Outbound
import Testing

@Suite("Mail servers")
struct MailServerTests {
    @Test(
        "a URL is parsed, and its password is not shown",
        arguments: [
            ("smtp://mail.example.com", "smtp://mail.example.com:587"),
            ("smtps://mail.example.com", "smtps://mail.example.com:465"),
            ("smtp://ann%40example.com:p%3A%2Fs@[::1]:2525", "smtp://[::1]:2525"),
            ("SMTP://Mail.Example.com:25/", "smtp://Mail.Example.com:25"),
        ])
    func origin(url: String, origin: String) throws {
        #expect(try #require(MailServer(url)).origin == origin)
    }

    @Test(
        "a URL that is not a mail server is refused",
        arguments: [
            "", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://host/path", "smtp://host?x",
            "smtp://user@host", "smtp://host:99999",
        ])
    func refused(url: String) {
        #expect(MailServer(url) == nil)
    }

    @Test("a refused connection is a transient failure")
    func unreachable() async throws {
        let sender = MailSender(
            try #require(MailServer("smtp://127.0.0.1:1")), requiresTLS: false, timeout: .seconds(5))
        await #expect(throws: MailFailure.self) {
            try await sender.send(OutboundMail(sender: "a@b.example", recipient: "c@d.example", message: [1]))
        }
        do throws(MailFailure) {
            try await sender.send(OutboundMail(sender: "a@b.example", recipient: "c@d.example", message: [1]))
        } catch {
            #expect(!error.isPermanent && error.reply == nil)
            #expect(error.description == "the mail server could not be reached")
        }
    }
}
