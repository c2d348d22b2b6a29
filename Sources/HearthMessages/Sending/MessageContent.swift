import HearthCore
import HearthGraphMail
import StrictJSON

/// The content of a message as it is stored: JSON, sealed.
extension GraphMessage {
    /// The stored content cannot be read, which is a programming error.
    private struct Malformed: Error {}

    func sealed(for id: Int64, tenant: Int64, keyRing: KeyRing) throws -> [UInt8] {
        try keyRing.seal(stored, for: KeyRing.Place(tenant: tenant, row: id, purpose: .messageContent))
    }

    init(sealed: [UInt8], of id: Int64, tenant: Int64, keyRing: KeyRing) throws {
        let bytes = try keyRing.open(
            sealed, for: KeyRing.Place(tenant: tenant, row: id, purpose: .messageContent))
        try self.init(stored: bytes)
    }

    private var stored: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("subject", subject)
            switch body {
            case .text(let text): json.member("text", text)
            case .html(let html): json.member("html", html)
            }
            for (name, recipients) in [("to", to), ("cc", cc), ("bcc", bcc), ("reply_to", replyTo)] {
                json.array(name) { json in
                    for recipient in recipients { recipient.writeMember(to: &json) }
                }
            }
            json.member("importance", importance.rawValue)
            json.array("headers") { json in
                for header in headers {
                    json.array { json in
                        json.value(header.name)
                        json.value(header.value)
                    }
                }
            }
        }
        return json.bytes
    }

    private init(stored bytes: [UInt8]) throws {
        guard let json = try JSONParser().parse(bytes).value.asObject, let subject = json["subject"]?.asString,
            let body = json["text"]?.asString.map(Body.text) ?? json["html"]?.asString.map(Body.html)
        else { throw Malformed() }
        func recipients(_ name: String) -> [MailRecipient] {
            json[name]?.asArray?.compactMap(\.asObject).compactMap { recipient in
                recipient["address"]?.asString.map {
                    MailRecipient(name: recipient["name"]?.asString, address: $0)
                }
            } ?? []
        }
        self.init(subject: subject, body: body, to: recipients("to"))
        cc = recipients("cc")
        bcc = recipients("bcc")
        replyTo = recipients("reply_to")
        importance = json["importance"]?.asString.flatMap(Importance.init) ?? .normal
        headers =
            json["headers"]?.asArray?.compactMap(\.asArray).compactMap { pair in
                guard pair.count == 2, let name = pair[0].asString, let value = pair[1].asString else { return nil }
                return (name, value)
            } ?? []
    }
}

extension MailRecipient {
    func writeMember(to json: inout JSONWriter) {
        json.object { json in
            json.member("address", address)
            json.member("name", name)
        }
    }
}
