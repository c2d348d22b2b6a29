import Foundation
import HearthRules
import Outbound
import StrictJSON

/// What Microsoft's refusal means for us (contracts/microsoft.md 2.4).
///
/// `error` decides between retrying and stopping. The AADSTS numbers only pick the reason, and every unknown number has
/// a safe default, because Microsoft may change them at any time.
struct MicrosoftFault: Error, Sendable, Equatable {
    enum Class: String, Sendable, CaseIterable {
        /// The grant is at its end: only a new consent helps.
        case expired, revoked
        /// The owner has to sign in again: a second factor, a new password, a locked account. The grant may still be good.
        case signInRequired
        /// The owner's organisation has to act, or the owner at Microsoft. The grant may work again afterwards.
        case policyBlocked, accountDisabled, scopeMissing, mailboxMissing
        /// The code was used, expired or is not ours: the owner has to start again.
        case codeRefused
        /// Our registration or its secret. Says nothing about any grant.
        case applicationFault
        /// The owner's organisation does not know the application, or nobody does: `AccessTokens` finds out.
        case applicationUnknown
        /// Passes by itself.
        case transient

        /// Whether the tokens of the grant are of no more use.
        var endsGrant: Bool { self == .expired || self == .revoked }

        /// What it means to the mailbox; nil when it passes by itself or is not the mailbox's.
        var problem: ConnectionProblem? {
            switch self {
            case .revoked, .codeRefused: .revoked
            case .expired, .signInRequired: .expired
            case .scopeMissing: .scopeMissing
            case .policyBlocked: .policyBlocked
            case .accountDisabled: .accountDisabled
            case .mailboxMissing: .mailboxMissing
            case .applicationFault, .applicationUnknown, .transient: nil
            }
        }
    }

    let kind: Class
    /// For the log: `error` and the number, never a text of Microsoft's, which may quote an address.
    let cause: String
    /// Seconds, when Microsoft named them.
    let retryAfter: Int?
    /// No answer came that could be read: what was asked may have been done.
    private(set) var isUnanswered = false
    /// The mailbox is there and Graph does not reach it: on-premises, inactive, or without a licence.
    private(set) var isOutsideCloud = false
    /// It came from the token endpoint, which throttles an organisation as one; Graph throttles each mailbox by itself.
    private(set) var concernsOrganization = false

    init(_ kind: Class, cause: String, retryAfter: Int? = nil) {
        self.kind = kind
        self.cause = cause
        self.retryAfter = retryAfter
    }

    /// The same refusal, understood.
    func resolved(as kind: Class) -> MicrosoftFault { MicrosoftFault(kind, cause: cause, retryAfter: retryAfter) }

    /// No answer at all.
    init(_ error: OutboundError) {
        self.init(.transient, cause: "\(error)")
        isUnanswered = true
    }

    // MARK: The token endpoint

    /// A refusal of the token endpoint. What cannot be parsed is never taken for permanent.
    init(tokenAnswer response: OutboundResponse) {
        let retryAfter = response.header("retry-after").flatMap { Int($0) }
        guard !Self.isTransient(status: response.status),
            let body = try? JSONParser().parse(response.body).value.asObject, let error = body["error"]?.asString
        else {
            self.init(.transient, cause: "status \(response.status)", retryAfter: retryAfter)
            concernsOrganization = true
            return
        }
        let code = Self.code(in: body)
        let kind = Self.classify(
            error: error, code: code, description: body["error_description"]?.asString ?? "",
            suberror: body["suberror"]?.asString)
        self.init(
            kind, cause: "\(error.prefix(64)) \(code.map(String.init) ?? "without a number")",
            retryAfter: retryAfter ?? (code == Self.loopDetected ? Self.pauseAfterLoop : nil))
        // A loop is one grant's.
        concernsOrganization = code != Self.loopDetected
    }

    /// `error_codes`, else the number in the description: some answers have it only there.
    private static func code(in body: JSONObject) -> Int? {
        if let code = body["error_codes"]?.asArray?.first?.asInteger { return Int(code) }
        return body["error_description"]?.asString.flatMap(number(inDescription:))
    }

    static func number(inDescription text: String) -> Int? {
        guard let range = text.range(of: "AADSTS") else { return nil }
        return Int(text[range.upperBound...].prefix { $0.isNumber })
    }

    private static func classify(error: String, code: Int?, description: String, suberror: String?) -> Class {
        if let code, transientCodes.contains(code) { return .transient }
        switch error {
        case "temporarily_unavailable", "server_error": return .transient
        case "invalid_grant", "interaction_required", "login_required", "consent_required":
            return classifyGrant(code: code, description: description, suberror: suberror)
        case "unauthorized_client" where [700_016, 70_001, 7_000_112].contains(code): return .applicationUnknown
        default: return .applicationFault
        }
    }

    private static func classifyGrant(code: Int?, description: String, suberror: String?) -> Class {
        switch code {
        case 70_000?: description.contains("scopes requested") ? .revoked : .expired
        case 65_001?, 50_173?, 50_132?, 50_133?: .revoked
        case 54_005?, 501_481?, 9_002_313?, 700_005?: .codeRefused
        case 50_057?, 50_034?, 51_004?: .accountDisabled
        case 50_053?, 50_055?, 50_144?, 50_072?, 50_074?, 50_076?, 50_078?, 50_079?: .signInRequired
        case 50_105?, 7_000_112?, 70_001?, 700_016?: .policyBlocked
        case let code? where isConditionalAccess(code):
            // The owner can satisfy some policies; `message_only` says that nobody but the administrator can.
            suberror == "basic_action" || suberror == "additional_action" ? .signInRequired : .policyBlocked
        default: .expired
        }
    }

    private static func isConditionalAccess(_ code: Int) -> Bool {
        [50_131, 50_158, 50_005].contains(code) || (53_000...53_999).contains(code)
            || (530_000...530_999).contains(code)
    }

    /// We ask too often (AADSTS50196): a long pause, in seconds.
    private static let loopDetected = 50_196
    private static let pauseAfterLoop = 3_600

    private static let transientCodes: Set<Int> = [
        90_033, 90_006, 90_012, 90_024, 90_055, 90_090, 50_033, 50_087, 50_088, 70_012, 40_010, 80_014, 50_196, 50_000,
    ]

    // MARK: Graph

    /// A refusal of Graph (contracts/microsoft.md 5.10).
    init(graphAnswer response: OutboundResponse) {
        let code = (try? JSONParser().parse(response.body).value)?.asObject?["error"]?.asObject?["code"]?.asString ?? ""
        let kind: Class =
            switch (response.status, code) {
            case (401, _): .revoked
            case (403, "ErrorAccountSuspend"), (403, "ErrorMessageSubmissionBlocked"): .accountDisabled
            case (403, _): .scopeMissing
            case (404, _): .mailboxMissing
            default: .transient
            }
        self.init(
            kind, cause: "graph \(response.status) \(code.prefix(64))",
            retryAfter: response.header("retry-after").flatMap { Int($0) })
        isOutsideCloud = ["MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI"].contains(code)
    }

    private static func isTransient(status: Int) -> Bool { status == 429 || status >= 500 }
}

extension MicrosoftFault: CustomStringConvertible {
    var description: String { cause + (retryAfter.map { "; Retry-After \($0) s" } ?? "") }
}
