import CResolv

/// A host that accepts mail for a domain (RFC 5321, section 5.1).
package struct MailExchanger: Sendable, Equatable {
    package let preference: UInt16
    /// Empty for the null MX of a domain that accepts no mail (RFC 7505).
    package let host: String
}

/// The data of one record in the answer section.
struct DNSRecord: Sendable {
    private let type: UInt16
    private let data: [UInt8]
    /// The name within the data, for types that have one; expanding it needs the whole message because it may be compressed.
    private let name: String?

    /// Strings of a `TXT` record, joined.
    var text: String? {
        guard type == UInt16(ns_t_txt.rawValue) else { return nil }
        var bytes: [UInt8] = []
        var rest = data[...]
        while let length = rest.popFirst() {
            guard rest.count >= Int(length) else { return nil }
            bytes += rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    var mailExchanger: MailExchanger? {
        guard type == UInt16(ns_t_mx.rawValue), data.count > 2, let name else { return nil }
        return MailExchanger(preference: UInt16(data[0]) << 8 | UInt16(data[1]), host: name)
    }

    /// The bytes of an `A` (4) or `AAAA` (16) record.
    var address: [UInt8]? {
        switch (type, data.count) {
        case (UInt16(ns_t_a.rawValue), 4), (UInt16(ns_t_aaaa.rawValue), 16): data
        default: nil
        }
    }

    /// Parses the answer records of a server's message.
    static func all(in message: [UInt8]) -> Result<[DNSRecord], DNSFailure> {
        message.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return .failure(.malformed) }
            var handle = ns_msg()
            guard ns_initparse(start, Int32(buffer.count), &handle) == 0 else { return .failure(.malformed) }
            let count = Int32(handle._counts.1)  // of the answer section, which is the second
            var records: [DNSRecord] = []
            for index in 0..<count {
                var record = ns_rr()
                guard ns_parserr(&handle, ns_s_an, index, &record) == 0, let data = record.rdata else {
                    return .failure(.malformed)
                }
                records.append(DNSRecord(record, data: data, start: start, end: start + buffer.count))
            }
            return .success(records)
        }
    }

    private init(
        _ record: ns_rr, data: UnsafePointer<UInt8>, start: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>
    ) {
        type = record.type
        self.data = Array(UnsafeBufferPointer(start: data, count: Int(record.rdlength)))
        guard type == UInt16(ns_t_mx.rawValue), record.rdlength > 2 else {
            name = nil
            return
        }
        var text = [CChar](repeating: 0, count: 1025)
        let length = resolver_expand(start, end, data + 2, &text, Int32(text.count))
        name = length > 0 ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
