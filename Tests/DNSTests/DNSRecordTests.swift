import Testing

@testable import DNS

/// Valid and invalid messages of servers. Lookups are tested end to end, against a real server.
@Suite("DNS records")
struct DNSRecordTests {
    /// A response to a query for `example.` with these records.
    private func message(_ records: [[UInt8]]) -> [UInt8] {
        let head: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
        let question: [UInt8] = [7] + Array("example".utf8) + [0, 0, 16, 0, 1]
        return head + question + records.flatMap(\.self)
    }

    private func record(_ type: UInt8, _ data: [UInt8]) -> [UInt8] {
        [0xC0, 12, 0, type, 0, 1, 0, 0, 0, 60, UInt8(data.count >> 8), UInt8(data.count & 255)] + data
    }

    @Test("the strings of a TXT record are joined")
    func texts() throws {
        let data: [UInt8] = [6] + Array("v=spf1".utf8) + [5] + Array(" -all".utf8)
        let records = try DNSRecord.all(in: message([record(16, data), record(16, [0])])).get()
        #expect(records.map(\.text) == ["v=spf1 -all", ""])
    }

    @Test("the host of an MX record may be compressed, and empty")
    func mailExchangers() throws {
        let records = try DNSRecord.all(
            in: message([record(15, [0, 10, 2] + Array("mx".utf8) + [0xC0, 12]), record(15, [0, 0, 0])])
        ).get()
        #expect(
            records.map(\.mailExchanger) == [
                MailExchanger(preference: 10, host: "mx.example"), MailExchanger(preference: 0, host: ""),
            ])
    }

    @Test("the address of an A or AAAA record has the length of its family")
    func addresses() throws {
        let records = try DNSRecord.all(
            in: message([
                record(1, [192, 0, 2, 1]), record(28, Array(repeating: 7, count: 16)), record(1, [1, 2, 3]),
                record(16, [0]),
            ])
        ).get()
        #expect(records.map(\.address) == [[192, 0, 2, 1], Array(repeating: 7, count: 16), nil, nil])
    }

    @Test("records of other types are skipped, such as the CNAME before the answer")
    func others() throws {
        let records = try DNSRecord.all(in: message([record(5, [0xC0, 12])])).get()
        #expect(records.map(\.text) == [nil])
        #expect(records.map(\.mailExchanger) == [nil])
    }

    @Test("a truncated message is refused or has fewer records, and is never read beyond its end")
    func cut() {
        let whole = message([
            record(16, [3] + Array("abc".utf8)), record(15, [0, 10, 2] + Array("mx".utf8) + [0xC0, 12]),
        ])
        for length in 0..<whole.count {
            if case .success = DNSRecord.all(in: Array(whole.prefix(length))) {
                Issue.record("a message cut to \(length) of \(whole.count) bytes was accepted")
            }
        }
    }

    @Test("random bytes are handled safely")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let whole = message([
            record(16, [3] + Array("abc".utf8)), record(15, [0, 10, 2] + Array("mx".utf8) + [0xC0, 12]),
        ])
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                    in: .min ... .max, using: &generator)
            }
            for record in (try? DNSRecord.all(in: bytes).get()) ?? [] {
                _ = (record.text, record.mailExchanger, record.address)
            }
        }
    }

    @Test("a server is an IPv4 address with an optional port")
    func server() {
        #expect(DNSResolver.Server("192.0.2.53").map { [$0.address, UInt32($0.port)] } == [0xC000_0235, 53])
        #expect(DNSResolver.Server("127.0.0.1:5353")?.port == 5353)
        for text in ["", "192.0.2", "192.0.2.256", "192.0.2.53:0", "192.0.2.53:", "ns.example", "1.2.3.4:70000", "::1"]
        {
            #expect(DNSResolver.Server(text) == nil, "\(text)")
        }
    }
}
