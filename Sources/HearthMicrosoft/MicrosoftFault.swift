package import HearthRules
package import Outbound

/// Why a request to Microsoft failed, and what that means for the grant that it used.
package struct MicrosoftFault: Error, Sendable, Equatable {
    package enum Class: String, Sendable, CaseIterable {
        /// The grant has ended; a new consent is needed.
        case expired, revoked
        /// The owner has to sign in again: a second factor, a new password, a locked account. The grant may still be valid.
        case signInRequired
        /// The owner's organisation or the owner has to act at Microsoft. The grant may work again afterwards.
        case policyBlocked, accountDisabled, scopeMissing, mailboxMissing
        /// The authorization code was already used, has expired or is not ours: the owner has to start again.
        case codeRefused
        /// Graph does not accept the access token. Says nothing about the grant: a refresh usually helps.
        case tokenRefused
        /// Our registration or its secret is at fault. Says nothing about any grant.
        case applicationFault
        /// Either our registration, or this grant or its organisation, is at fault; `AccessTokens` finds out which.
        case applicationSuspected
        /// A fault that passes without anybody having to act.
        case transient

        /// Whether the grant's tokens have become useless.
        package var endsGrant: Bool { self == .expired || self == .revoked }

        /// The mailbox's problem; nil if the fault is transient or not the mailbox's.
        package var problem: ConnectionProblem? {
            switch self {
            case .revoked, .codeRefused: .revoked
            case .expired, .signInRequired: .expired
            case .scopeMissing: .scopeMissing
            case .policyBlocked: .policyBlocked
            case .accountDisabled: .accountDisabled
            case .mailboxMissing: .mailboxMissing
            case .tokenRefused, .applicationFault, .applicationSuspected, .transient: nil
            }
        }
    }

    /// Where the failure was reported.
    package enum Source: Sendable {
        /// Not at Microsoft: the request could not be made, or the result was already known.
        case ourselves
        /// The token endpoint, which throttles per organisation. Its verdict on a grant is final.
        case tokenEndpoint
        /// Graph, which throttles per mailbox. Its verdict on a mailbox may be due to an outage.
        case graph
    }

    package let kind: Class
    package let source: Source
    /// For the log: an error name and a number, never Microsoft's text, which may contain an address.
    package let cause: String
    /// The pause that Microsoft asked for, in seconds.
    package let retryAfter: Int?
    /// The status of the answer, if there was one.
    package let status: Int?
    /// The error code of Graph, if the answer had one.
    package let graphCode: String?
    /// The AADSTS number, if the answer had one.
    let aadsts: Int?
    /// No valid answer arrived, so the request may have taken effect.
    package let isUnanswered: Bool
    /// The cause lies in this process, which is busy, stopping or not allowed to call: it says nothing about Microsoft or a
    /// grant.
    package private(set) var isOurs = false

    package init(
        _ kind: Class, source: Source = .ourselves, cause: String, retryAfter: Int? = nil, status: Int? = nil,
        graphCode: String? = nil, aadsts: Int? = nil, isUnanswered: Bool = false
    ) {
        self.kind = kind
        self.source = source
        self.cause = cause
        self.retryAfter = retryAfter
        self.status = status
        self.graphCode = graphCode
        self.aadsts = aadsts
        self.isUnanswered = isUnanswered
    }

    /// The same refusal with a meaning determined later.
    package func resolved(as kind: Class) -> MicrosoftFault {
        MicrosoftFault(
            kind, source: source, cause: cause, retryAfter: retryAfter, status: status, graphCode: graphCode,
            aadsts: aadsts, isUnanswered: isUnanswered)
    }

    /// Creates a fault from a request without an answer.
    package init(_ error: OutboundError) {
        self.init(.transient, cause: "\(error)", isUnanswered: !error.isCertainlyNotSent)
        isOurs = error.isOurs
    }

    /// No calls are made while the database is in quarantine.
    package static var quarantined: MicrosoftFault {
        var fault = MicrosoftFault(.transient, cause: "the database is in quarantine")
        fault.isOurs = true
        return fault
    }

    /// The request may have taken effect: no valid answer arrived, or one that says nothing about it.
    package var leavesDoubt: Bool { isUnanswered || (status ?? 0) >= 500 }

    /// The mailbox exists, but Graph cannot access it: on-premises, inactive, or without a licence.
    package var isOutsideCloud: Bool { graphCode.map(Self.outsideCloud.contains) ?? false }
}

extension MicrosoftFault: CustomStringConvertible {
    package var description: String { cause + (retryAfter.map { "; Retry-After \($0) s" } ?? "") }
}
