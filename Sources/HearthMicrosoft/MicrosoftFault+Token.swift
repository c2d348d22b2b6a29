import Foundation
package import Outbound
import StrictJSON

/// Errors from the token endpoint.
///
/// `error` decides between retrying and stopping. The AADSTS numbers only select the reason, and every unknown number has a
/// safe default, because Microsoft may change them at any time. Source: "Microsoft Entra authentication and authorization
/// error codes" at Microsoft Learn.
extension MicrosoftFault {
    /// A malformed body is never a permanent refusal.
    package init(tokenAnswer response: OutboundResponse) {
        self.init(tokenStatus: response.status, body: response.body, retryAfter: response.header("retry-after"))
    }

    package init(tokenStatus status: Int, body: [UInt8], retryAfter: String? = nil) {
        let retryAfter = retryAfter.flatMap { Int($0) }
        guard status < 500, status != 429, let body = try? JSONParser().parse(body).value.asObject,
            let error = body["error"]?.asString
        else {
            self.init(
                .transient, source: .tokenEndpoint, cause: "status \(status)", retryAfter: retryAfter)
            return
        }
        let code = Self.code(in: body)
        let kind = Self.classify(
            error: error, code: code, description: body["error_description"]?.asString ?? "",
            suberror: body["suberror"]?.asString)
        self.init(
            kind, source: .tokenEndpoint,
            cause: "\(error.prefix(64)) \(code.map(String.init) ?? "without a number")",
            retryAfter: retryAfter ?? (code == Self.loopDetected ? Self.pauseAfterLoop : nil), aadsts: code)
    }

    /// Whether the whole organisation must wait. A detected loop concerns only one grant.
    package var throttlesOrganization: Bool { source == .tokenEndpoint && aadsts != Self.loopDetected }

    /// The meaning of `applicationSuspected` once a grant of another organisation has shown that the application is accepted.
    /// If an organisation has removed the application (700016, 70001), its administrator must restore it. In all other cases
    /// nothing is known to be wrong with the grant, so it is retried later.
    package var meaningIfAcceptedElsewhere: Class {
        aadsts == 700_016 || aadsts == 70_001 ? .policyBlocked : .transient
    }

    /// Returns `error_codes`, or else the number in the description: some answers only have it there.
    private static func code(in body: JSONObject) -> Int? {
        if let code = body["error_codes"]?.asArray?.first?.asInteger { return Int(exactly: code) }
        return body["error_description"]?.asString.flatMap(number(inDescription:))
    }

    package static func number(inDescription text: String) -> Int? {
        guard let range = text.range(of: "AADSTS") else { return nil }
        return Int(text[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }

    private static func classify(error: String, code: Int?, description: String, suberror: String?) -> Class {
        if let code, transientCodes.contains(code) { return .transient }
        if error == "temporarily_unavailable" || error == "server_error" { return .transient }
        if let code, ofOrganization.contains(code) { return .policyBlocked }
        switch error {
        case "invalid_grant", "interaction_required", "login_required", "consent_required":
            return classifyGrant(code: code, description: description, suberror: suberror)
        case "invalid_client" where code.map(ofSecret.contains) ?? false: return .applicationFault
        default: return .applicationSuspected
        }
    }

    private static func classifyGrant(code: Int?, description: String, suberror: String?) -> Class {
        switch code {
        // For personal accounts this number has two meanings.
        case 70_000?: description.contains("scopes requested") ? .revoked : .expired
        case 65_001?, 50_173?, 50_132?, 50_133?: .revoked
        case 54_005?, 501_481?, 9_002_313?, 700_005?: .codeRefused
        case 50_057?, 50_034?, 51_004?: .accountDisabled
        case 50_053?, 50_055?, 50_144?, 50_072?, 50_074?, 50_076?, 50_078?, 50_079?: .signInRequired
        case 70_001?, 700_016?: .policyBlocked
        case let code? where isConditionalAccess(code):
            // The owner can satisfy some policies; `message_only` means that only the administrator can.
            suberror == "basic_action" || suberror == "additional_action" ? .signInRequired : .policyBlocked
        default: .expired
        }
    }

    package static func isConditionalAccess(_ code: Int) -> Bool {
        [50_131, 50_158, 50_005].contains(code) || (53_000...53_999).contains(code)
            || (530_000...530_999).contains(code)
    }

    /// Faults that one organisation must fix: there the application is disabled (7000112) or not assigned to the user
    /// (50105), or its service principal (500014) or its subscription to the resource (650051, 650052) is missing or
    /// disabled. They occur with several values of `error` and say nothing about other organisations.
    package static let ofOrganization: Set<Int> = [650_051, 650_052, 500_014, 50_105, 7_000_112]

    /// The client secret is wrong (7000215), expired (7000222), not sent (7000218), or a bad assertion (700027). Microsoft
    /// reports these before it checks anything about the organisation or the grant.
    private static let ofSecret: Set<Int> = [7_000_215, 7_000_222, 7_000_218, 700_027]

    /// A request loop was detected (AADSTS50196), which calls for a long pause, in seconds.
    private static let loopDetected = 50_196
    private static let pauseAfterLoop = 3_600

    private static let transientCodes: Set<Int> = [
        90_033, 90_006, 90_012, 90_024, 90_055, 90_090, 50_033, 50_087, 50_088, 70_012, 40_010, 80_014, 50_196, 50_000,
    ]
}
