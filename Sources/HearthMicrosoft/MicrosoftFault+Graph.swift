package import Outbound
import StrictJSON

/// Errors from Graph.
///
/// Proxies, gateways and Graph's own front ends answer 401, 403 and 404 for reasons unrelated to the mailbox. So only an
/// answer in Graph's format whose code names the fault is a verdict; everything else is transient. Source: "Microsoft
/// Graph error responses and resource types" at Microsoft Learn.
extension MicrosoftFault {
    package init(graphAnswer response: OutboundResponse) {
        self.init(graphStatus: response.status, body: response.body, retryAfter: response.header("retry-after"))
    }

    package init(graphStatus status: Int, body: [UInt8], retryAfter: String? = nil) {
        let codes = Self.graphCodes(in: body)
        let verdict = codes.reversed().lazy.compactMap { code in
            Self.verdict(status: status, code: code).map { (code: code, kind: $0) }
        }.first
        let code = verdict?.code ?? codes.first
        self.init(
            verdict?.kind ?? .transient, source: .graph,
            cause: "graph \(status) \(code.map { String($0.prefix(64)) } ?? "without a Graph error")",
            retryAfter: retryAfter.flatMap { Int($0) }, status: status, graphCode: code)
    }

    /// Returns the meaning of a code with this status; nil if it is not a verdict.
    private static func verdict(status: Int, code: String) -> Class? {
        switch status {
        // Graph has one code for this, with many messages, and Exchange gateways have others.
        case 401: .tokenRefused
        case 400, 403: forbidden[code]
        case 404: noMailbox.contains(code) ? .mailboxMissing : nil
        default: nil
        }
    }

    private static let forbidden: [String: Class] = [
        "ErrorAccessDenied": .scopeMissing,
        "Authorization_RequestDenied": .scopeMissing,
        "ErrorInsufficientPermissionsInAccessToken": .scopeMissing,
        "ErrorAccountSuspend": .accountDisabled,
        "ErrorMessageSubmissionBlocked": .accountDisabled,
    ]

    static let outsideCloud: Set<String> = ["MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI"]
    private static let noMailbox = outsideCloud.union(["ErrorNonExistentMailbox", "ErrorInvalidUser"])

    /// The codes of an error, from the outermost to the most specific; empty if the body is not a Graph error.
    private static func graphCodes(in body: [UInt8]) -> [String] {
        var error = (try? JSONParser().parse(body).value)?.asObject?["error"]?.asObject
        var codes: [String] = []
        while let found = error, codes.count < 8, let code = found["code"]?.asString {
            if !code.isEmpty { codes.append(code) }
            error = (found["innerError"] ?? found["innererror"])?.asObject
        }
        return codes
    }
}
