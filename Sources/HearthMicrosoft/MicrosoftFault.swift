package import HearthRules
package import Outbound

/// Why a request to Microsoft failed, and what that means for the grant it was made with.
package struct MicrosoftFault: Error, Sendable, Equatable {
    package enum Class: String, Sendable, CaseIterable {
        /// The grant has ended; only a new consent helps.
        case expired, revoked
        /// The owner has to sign in again: a second factor, a new password, a locked account. The grant may still be good.
        case signInRequired
        /// Somebody else has to act: the owner's organisation, or the owner at Microsoft. The grant may work again afterwards.
        case policyBlocked, accountDisabled, scopeMissing, mailboxMissing
        /// The authorization code was used before, has expired or is not ours: the owner has to start again.
        case codeRefused
        /// Graph does not accept the access token. It says nothing about the grant: a refresh usually helps.
        case tokenRefused
        /// Our registration or its secret. Says nothing about any grant.
        case applicationFault
        /// Our registration, or something about this one grant or its organisation; `AccessTokens` finds out which.
        case applicationSuspected
        /// A fault that passes without anybody acting.
        case transient

        /// Whether the grant's tokens are of no further use.
        package var endsGrant: Bool { self == .expired || self == .revoked }

        /// What it means for the mailbox; nil if it passes or is not the mailbox's fault.
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

    /// Who refused.
    package enum Source: Sendable {
        /// Nobody at Microsoft: we could not ask, or knew already.
        case ourselves
        /// The token endpoint, which throttles an organisation as one. Its verdict on a grant is final.
        case tokenEndpoint
        /// Graph, which throttles each mailbox separately. Its verdict on a mailbox may be a passing disorder.
        case graph
    }

    package let kind: Class
    package let source: Source
    /// For the log: an error name and a number, never Microsoft's text, which may quote an address.
    package let cause: String
    /// Seconds, if Microsoft named them.
    package let retryAfter: Int?
    /// The error code of Graph, if the answer had one.
    package let graphCode: String?
    /// The AADSTS number, if the answer had one.
    let aadsts: Int?
    /// No readable answer came: what was asked may have been done.
    package let isUnanswered: Bool
    /// It lies in this process, which is busy, stopping or not allowed to ask: it says nothing of Microsoft or of a grant.
    package private(set) var isOurs = false

    package init(
        _ kind: Class, source: Source = .ourselves, cause: String, retryAfter: Int? = nil, graphCode: String? = nil,
        aadsts: Int? = nil, isUnanswered: Bool = false
    ) {
        self.kind = kind
        self.source = source
        self.cause = cause
        self.retryAfter = retryAfter
        self.graphCode = graphCode
        self.aadsts = aadsts
        self.isUnanswered = isUnanswered
    }

    /// The same refusal with a meaning found out later.
    package func resolved(as kind: Class) -> MicrosoftFault {
        MicrosoftFault(
            kind, source: source, cause: cause, retryAfter: retryAfter, graphCode: graphCode, aadsts: aadsts,
            isUnanswered: isUnanswered)
    }

    /// No answer came.
    package init(_ error: OutboundError) {
        self.init(.transient, cause: "\(error)", isUnanswered: !error.isCertainlyNotSent)
        isOurs = error.isOurs
    }

    /// Nothing goes out of a database that is in quarantine.
    package static var quarantined: MicrosoftFault {
        var fault = MicrosoftFault(.transient, cause: "the database is in quarantine")
        fault.isOurs = true
        return fault
    }

    /// The mailbox exists, but Graph does not reach it: on-premises, inactive, or without a licence.
    package var isOutsideCloud: Bool { graphCode.map(Self.outsideCloud.contains) ?? false }
}

extension MicrosoftFault: CustomStringConvertible {
    package var description: String { cause + (retryAfter.map { "; Retry-After \($0) s" } ?? "") }
}
