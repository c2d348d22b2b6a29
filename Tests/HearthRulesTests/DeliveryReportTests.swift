import Testing

@testable import HearthRules

/// Reports of mail servers (RFC 3464), as Exchange and others write them, and as nobody should.
@Suite("Delivery reports")
struct DeliveryReportTests {
    private static let exchange = """
        From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.example>\r
        Subject: Undeliverable: Tuesday\r
        Content-Type: multipart/report; report-type=delivery-status;\r
        \tboundary="b1_outer"\r
        \r
        --b1_outer\r
        Content-Type: multipart/alternative; boundary="b2"\r
        \r
        --b2\r
        Content-Type: text/plain\r
        \r
        Delivery has failed to these recipients.\r
        --b2--\r
        --b1_outer\r
        Content-Type: message/delivery-status\r
        \r
        Reporting-MTA: dns; AM0PR01.prod.exchangelabs.com\r
        \r
        Final-Recipient: rfc822;bea@fabrikam.example\r
        Action: failed\r
        Status: 5.1.10\r
        Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound;\r
         Recipient bea@fabrikam.example not found\r
        \r
        Final-Recipient: rfc822; <cy@fabrikam.example>\r
        Action: Delayed\r
        Status: 4.4.7 (message still queued)\r
        \r
        --b1_outer\r
        Content-Type: message/rfc822\r
        \r
        From: ann@contoso.example\r
        Message-ID: <original@contoso.example>\r
        Subject: Tuesday\r
        \r
        At ten?\r
        --b1_outer--\r

        """

    @Test("one outcome for each recipient, with the server's words and the message that it is about")
    func recipients() throws {
        let report = try #require(DeliveryReport(Array(Self.exchange.utf8)))
        #expect(
            report.outcomes == [
                .init(
                    recipient: "bea@fabrikam.example", action: .failed, status: "5.1.10",
                    diagnostic: "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient bea@fabrikam.example not found"),
                .init(recipient: "cy@fabrikam.example", action: .delayed, status: "4.4.7", diagnostic: nil),
            ])
        #expect(report.originalMessageID == "<original@contoso.example>")
        #expect(report.outcomes.map { BounceFault(action: $0.action, status: $0.status) } == [.recipient, .temporary])
    }

    @Test("line ends and transfer encodings make no difference")
    func encodings() throws {
        let report = try #require(DeliveryReport(Array(Self.exchange.utf8)))
        #expect(DeliveryReport(Array(Self.exchange.replacing("\r\n", with: "\n").utf8)) == report)
        let encoded = """
            Content-Type: multipart/report; boundary=b

            --b
            Content-Type: message/delivery-status
            Content-Transfer-Encoding: base64

            UmVwb3J0aW5nLU1UQTogZG5zOyBhCgpGaW5hbC1SZWNpcGllbnQ6IHJmYzgyMjsgYmVhQGIuZXhh
            bXBsZQpBY3Rpb246IGZhaWxlZApTdGF0dXM6IDUuMi4xCg==
            --b
            Content-Type: text/rfc822-headers
            Content-Transfer-Encoding: quoted-printable

            Message-ID: <a=
            @b.example>
            --b--
            """
        let other = try #require(DeliveryReport(Array(encoded.utf8)))
        #expect(
            other.outcomes == [.init(recipient: "bea@b.example", action: .failed, status: "5.2.1", diagnostic: nil)])
        #expect(other.originalMessageID == "<a@b.example>")
    }

    @Test("what is no report has none")
    func none() {
        #expect(DeliveryReport([]) == nil)
        #expect(DeliveryReport(Array("Subject: hello\r\n\r\nhello".utf8)) == nil)
        #expect(DeliveryReport(Array("Content-Type: multipart/report; boundary=\"\"\r\n\r\n----\r\n".utf8)) == nil)
    }

    @Test("any bytes are read to their end: cut off anywhere, with bytes changed, parts nested without end")
    func anyBytes() {
        let bytes = Array(Self.exchange.utf8)
        for length in 0..<bytes.count { _ = DeliveryReport(Array(bytes.prefix(length))) }
        var generator = SeededNumbers(seed: 7)
        for _ in 0..<3_000 {
            var changed = bytes
            for _ in 0..<(1 + Int(generator.next() % 20)) {
                let place = Int(generator.next() % UInt64(changed.count))
                switch generator.next() % 3 {
                case 0: changed[place] = UInt8(truncatingIfNeeded: generator.next())
                case 1: changed.remove(at: place)
                default: changed.insert(contentsOf: bytes[0..<Int(generator.next() % 40)], at: place)
                }
            }
            if let report = DeliveryReport(changed) { #expect(report.outcomes.count < 100) }
        }
        var nested = "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        for _ in 0..<2_000 { nested += "--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" }
        #expect(DeliveryReport(Array(nested.utf8)) == nil)
    }

    private struct SeededNumbers: RandomNumberGenerator {
        var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    @Test(
        "whose fault it is",
        arguments: [
            ("5.1.1", BounceFault.recipient), ("5.1.10", .recipient), ("5.2.1", .recipient), ("5.4.4", .recipient),
            ("5.1.8", .sender), ("5.1.90", .sender), ("5.7.60", .sender), ("5.7.233", .sender), ("5.7.515", .sender),
            ("5.7.708", .sender), ("5.7.1", .content), ("5.7.511", .content), ("5.3.4", .content),
            ("5.2.2", .temporary), ("4.4.7", .temporary), ("", .temporary), ("5.0.0", .recipient),
        ])
    func fault(_ status: String, _ expected: BounceFault) {
        #expect(BounceFault(action: .failed, status: status) == expected)
        #expect(BounceFault(action: .delayed, status: status) == .temporary)
    }

    @Test("what a message answers, the nearest first")
    func answered() {
        #expect(
            AutomaticReply.answeredIDs(inReplyTo: "<c@x>", references: "<a@x> <b@x>\r\n <c@x>")
                == ["<c@x>", "<b@x>", "<a@x>"])
        #expect(AutomaticReply.answeredIDs(inReplyTo: "c@x <", references: "<>").isEmpty)
        #expect(AutomaticReply.answeredIDs(inReplyTo: nil, references: nil).isEmpty)
    }
}
