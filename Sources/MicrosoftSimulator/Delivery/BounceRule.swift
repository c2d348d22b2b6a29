import Foundation

/// Mail that comes back with a report instead of arriving.
package struct BounceRule: Sendable, Equatable {
    package enum Original: String, Sendable, CaseIterable {
        /// The report contains the whole message.
        case message
        /// The report contains its headers.
        case headers
    }

    /// Whose mail; nil for everybody's.
    package var sender: AddressPattern?
    /// The tenant id whose members' mail; nil for all.
    package var organization: String?
    /// To whom; nil for everybody.
    package var recipient: AddressPattern?
    /// The enhanced status code, such as `5.1.10`.
    package var code: String
    /// The server's words; nil for the usual ones of the code.
    package var text: String?
    /// Seconds until the report arrives.
    package var delaySeconds = 0.0
    /// Where the report arrives.
    package var folder = "inbox"
    package var original = Original.message
    /// For how many recipients; nil without an end.
    package var times: Int?

    package init(code: String) {
        self.code = code
    }

    func matches(_ recipient: String, from sender: String, tenantID: String) -> Bool {
        self.sender?.matches(sender) ?? true && self.recipient?.matches(recipient) ?? true
            && organization.map { $0 == tenantID } ?? true
    }
}

/// What a report says of a message that was not delivered.
struct DeliveryReport: Sendable {
    struct Failure: Sendable {
        let recipient: String
        let code: String
        /// After `smtp;`.
        let diagnostic: String
    }

    let failures: [Failure]
    let arrivedAt: Date
    let originalID: String
    /// The message or its headers, as MIME.
    let original: String
    let kind: BounceRule.Original

    /// What servers say with a code.
    static func words(for code: String) -> String {
        switch code {
        case "5.1.1": "550 5.1.1 The email account that you tried to reach does not exist."
        case "5.1.10":
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"
        case "5.2.2": "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException"
        case "5.1.8": "550 5.1.8 Access denied, bad outbound sender"
        case "5.1.90":
            "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients"
        case "5.7.1": "550 5.7.1 Delivery not authorized, message refused"
        case "5.7.233":
            "550 5.7.233 Your message can't be sent because your tenant exceeded its daily limit for sending email to "
                + "external recipients (tenant external recipient rate limit)"
        case "5.7.515":
            "550 5.7.515 Access denied, sending domain does not meet the required authentication level."
        case "5.7.705": "550 5.7.705 Access denied, tenant has exceeded threshold"
        case "4.4.7": "550 4.4.7 QUEUE.Expired; message expired"
        default: "\(code.hasPrefix("4") ? "451" : "550") \(code) The message was refused"
        }
    }

    // MARK: MIME

    static let boundary = "=_simulator_report_7d1e"

    /// A `multipart/report` (RFC 6522): words for people, `message/delivery-status` (RFC 3464), and the original.
    func mime(body: String) -> String {
        let mark = "--\(Self.boundary)"
        let type = kind == .message ? "message/rfc822" : "text/rfc822-headers"
        let lines = [
            mark, "Content-Type: text/html; charset=\"utf-8\"", "Content-Transfer-Encoding: base64", "",
            Message.base64(Data(body.utf8)), "",
            mark, "Content-Type: message/delivery-status", "", status,
            mark, "Content-Type: \(type)", "", original,
            "\(mark)--", "",
        ]
        return lines.joined(separator: "\r\n")
    }

    /// One block on the message, then one for each recipient.
    private var status: String {
        var blocks = [
            "Reporting-MTA: dns;AM0PR01MB0001.eurprd01.prod.exchangelabs.com\r\n"
                + "Received-From-MTA: dns;AM0PR01MB0002.eurprd01.prod.exchangelabs.com\r\n"
                + "Arrival-Date: \(Timestamp.mail(arrivedAt))\r\n"
        ]
        for failure in failures {
            blocks.append(
                "Final-Recipient: rfc822;\(failure.recipient)\r\nAction: failed\r\nStatus: \(failure.code)\r\n"
                    + "Diagnostic-Code: smtp;\(failure.diagnostic)\r\n")
        }
        return blocks.joined(separator: "\r\n")
    }
}
