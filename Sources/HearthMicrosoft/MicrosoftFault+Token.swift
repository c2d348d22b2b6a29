import Foundation
package import Outbound
import StrictJSON

/// Refusals of the token endpoint.
///
/// `error` decides between retrying and stopping. The AADSTS numbers only choose the reason, and every unknown number has a
/// safe default, because Microsoft may change them at any time. Source: "Microsoft Entra authentication and authorization
/// error codes" at Microsoft Learn.
extension MicrosoftFault {
    /// A body that cannot be read is never a permanent refusal.
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

    /// Whether the whole organisation has to wait. A detected loop concerns one grant only.
    package var throttlesOrganization: Bool { source == .tokenEndpoint && aadsts != Self.loopDetected }

    /// What an `applicationSuspected` is once another organisation's grant has shown that the application is accepted: an
    /// organisation that removed the application (700016, 70001) is its administrator's to mend. Nothing is known to be
    /// wrong with the grant in any other case, so it is tried again later.
    package var meaningIfAcceptedElsewhere: Class {
        aadsts == 700_016 || aadsts == 70_001 ? .policyBlocked : .transient
    }

    /// `error_codes`, else the number in the description: some answers have it only there.
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
        // For a personal account the same number says two things.
        case 70_000?: description.contains("scopes requested") ? .revoked : .expired
        case 65_001?, 50_173?, 50_132?, 50_133?: .revoked
        case 54_005?, 501_481?, 9_002_313?, 700_005?: .codeRefused
        case 50_057?, 50_034?, 51_004?: .accountDisabled
        case 50_053?, 50_055?, 50_144?, 50_072?, 50_074?, 50_076?, 50_078?, 50_079?: .signInRequired
        case 70_001?, 700_016?: .policyBlocked
        case let code? where isConditionalAccess(code):
            // The owner can satisfy some policies; `message_only` says that only the administrator can.
            suberror == "basic_action" || suberror == "additional_action" ? .signInRequired : .policyBlocked
        default: .expired
        }
    }

    package static func isConditionalAccess(_ code: Int) -> Bool {
        [50_131, 50_158, 50_005].contains(code) || (53_000...53_999).contains(code)
            || (530_000...530_999).contains(code)
    }

    /// What one organisation has to mend: the application is disabled (7000112) or not assigned to the user (50105) there,
    /// its service principal (500014) or its subscription to the resource (650051, 650052) is missing or disabled. They
    /// come under several values of `error` and say nothing about other organisations.
    package static let ofOrganization: Set<Int> = [650_051, 650_052, 500_014, 50_105, 7_000_112]

    /// The client secret: wrong (7000215), expired (7000222), not sent (7000218), bad assertion (700027). These come
    /// before anything about the organisation or the grant is looked at.
    private static let ofSecret: Set<Int> = [7_000_215, 7_000_222, 7_000_218, 700_027]

    /// We ask too often (AADSTS50196): a long pause, in seconds.
    private static let loopDetected = 50_196
    private static let pauseAfterLoop = 3_600

    private static let transientCodes: Set<Int> = [
        90_033, 90_006, 90_012, 90_024, 90_055, 90_090, 50_033, 50_087, 50_088, 70_012, 40_010, 80_014, 50_196, 50_000,
    ]
}
