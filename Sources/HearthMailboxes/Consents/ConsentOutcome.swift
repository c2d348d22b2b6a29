package import Foundation
package import HearthMicrosoft
package import HearthRules
import Postgres

/// The outcome of an attempt that did not complete the consent. The link stays open.
package struct ConsentOutcome: Error, Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable, PostgresEncodable, PostgresDecodable {
        case declined
        case adminRequired = "admin_required"
        case mismatched
        case scopeMissing = "scope_missing"
        case failed

    }

    package let kind: Kind
    /// Shown to the partner and kept with the consent.
    package let code: Code

    package enum Code: String, Sendable, CaseIterable {
        case declined = "DECLINED"
        case adminApprovalRequired = "ADMIN_APPROVAL_REQUIRED"
        /// An administrator has approved, but Microsoft has not applied it everywhere yet.
        case adminApprovalPending = "ADMIN_APPROVAL_PENDING"
        case mailboxMismatch = "MAILBOX_MISMATCH"
        case scopeMissing = "SCOPE_MISSING"
        case refreshTokenMissing = "REFRESH_TOKEN_MISSING"
        case guestAccount = "GUEST_ACCOUNT"
        case mailboxNotFound = "MAILBOX_NOT_FOUND"
        /// The mailbox exists, but Graph cannot access it: on-premises Exchange, inactive, or without a licence.
        case mailboxNotInCloud = "MAILBOX_NOT_IN_CLOUD"
        /// Shared mailboxes were requested, but the account is personal and only organisations have them.
        case sharedNotForPersonal = "SHARED_MAILBOXES_NOT_FOR_PERSONAL_ACCOUNTS"
        case addressHeld = "ADDRESS_HELD_BY_OTHER_IDENTITY"
        case codeRefused = "CODE_REFUSED"
        /// Microsoft requires the owner to sign in again before it issues tokens.
        case signInRequired = "SIGN_IN_REQUIRED"
        case accountDisabled = "ACCOUNT_DISABLED"
        /// Graph does not accept the token that Microsoft has just issued.
        case tokenRefused = "ACCESS_TOKEN_REFUSED"
        case idTokenInvalid = "ID_TOKEN_INVALID"
        case applicationFault = "APPLICATION_FAULT"
        case temporaryFault = "TEMPORARY_FAULT"
        case campaignDeleted = "CAMPAIGN_DELETED"

        /// Whether the same sign-in may succeed later without anybody acting.
        package var isTransient: Bool {
            switch self {
            case .temporaryFault, .tokenRefused, .adminApprovalPending: true
            case .declined, .adminApprovalRequired, .mailboxMismatch, .scopeMissing, .refreshTokenMissing,
                .guestAccount, .mailboxNotFound, .mailboxNotInCloud, .sharedNotForPersonal, .addressHeld, .codeRefused,
                .signInRequired, .accountDisabled, .idTokenInvalid, .applicationFault, .campaignDeleted:
                false
            }
        }
    }

    package static let declined = Self(kind: .declined, code: .declined)
    package static let adminRequired = Self(kind: .adminRequired, code: .adminApprovalRequired)
    package static let adminApprovalPending = Self(kind: .adminRequired, code: .adminApprovalPending)
    package static let mismatched = Self(kind: .mismatched, code: .mailboxMismatch)
    package static let scopeMissing = Self(kind: .scopeMissing, code: .scopeMissing)
    package static let refreshTokenMissing = Self(kind: .scopeMissing, code: .refreshTokenMissing)

    package static func failed(_ code: Code) -> Self { Self(kind: .failed, code: code) }

    /// Whether an event is sent, once per consent and code: only if somebody has to act. Transient faults are not announced.
    package var isAnnounced: Bool {
        switch code {
        case .temporaryFault, .tokenRefused, .applicationFault, .adminApprovalPending: false
        default: true
        }
    }
}

/// A mailbox whose owner has consented, with the tokens to use it.
package struct ConsentProof: Sendable {
    package let tid: UUID
    package let oid: UUID
    package let profile: MicrosoftClient.Profile
    package let tokens: TokenAnswer
    package let refreshToken: String

    package init(tid: UUID, oid: UUID, profile: MicrosoftClient.Profile, tokens: TokenAnswer, refreshToken: String) {
        self.tid = tid
        self.oid = oid
        self.profile = profile
        self.tokens = tokens
        self.refreshToken = refreshToken
    }

    package var accountType: AccountType { AccountType(tenant: tid) }
}
