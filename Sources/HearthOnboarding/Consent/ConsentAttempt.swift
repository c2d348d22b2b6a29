import Foundation
import HearthCore
import HearthMailboxes
import HearthMicrosoft
import HearthRules
import SignedTokens

/// Redeems the code and verifies the mailbox at Microsoft, within 30 s in total. No transaction is open meanwhile.
///
/// A code can be redeemed only once, so everything that does not need it is fetched first.
struct ConsentAttempt: Sendable {
    let client: MicrosoftClient
    let keys: SigningKeys
    let applications: MicrosoftApplications
    let now: @Sendable () -> Date
    let reached: @Sendable (Checkpoint) -> Void

    private static let limit = Duration.seconds(30)

    /// - Throws: `ConsentOutcome` if a step is refused. The tokens are then discarded.
    func prove(_ consent: Consent, link: ConsentLink, code: String) async throws -> ConsentProof {
        let deadline = ContinuousClock.now + Self.limit
        var remaining: Duration { ContinuousClock.now.duration(to: deadline) }
        do {
            let application = try await applications.credentials(consent.applicationID, of: consent.tenantID)
            try await keys.prepare()
            let tokens = try await client.redeem(
                code: code, verifier: link.codeVerifier, level: consent.level, withShared: consent.includesShared,
                as: application,
                timeout: remaining)
            reached(.codeRedeemed)
            let account = try await identity(in: tokens, link: link, application: application)
            let (tid, oid) = (account.tid, account.oid)
            if consent.includesShared, AccountType(tenant: tid) == .personal {
                throw ConsentOutcome.failed(.sharedNotForPersonal)
            }
            guard consent.level.missing(from: tokens.scopes, withShared: consent.includesShared).isEmpty else {
                throw ConsentOutcome.scopeMissing
            }
            guard let refreshToken = tokens.refreshToken else { throw ConsentOutcome.refreshTokenMissing }
            let profile = try await client.profile(accessToken: tokens.accessToken, timeout: remaining)
            guard !account.isGuest, !profile.userPrincipalName.uppercased().contains("#EXT#") else {
                throw ConsentOutcome.failed(.guestAccount)
            }
            guard AccountType(tenant: tid).isSameAccount(graphID: profile.id, oid: oid) else {
                throw ConsentOutcome.failed(.idTokenInvalid)
            }
            try await proveMailbox(consent.level, profile, AccountType(tenant: tid), tokens, timeout: remaining)
            // For a reconnect, `ConsentLock` compares the identity instead, never an address.
            if consent.kind != .reconnect, !Self.isAddress(consent.emailKey, of: profile) {
                throw ConsentOutcome.mismatched
            }
            return ConsentProof(tid: tid, oid: oid, profile: profile, tokens: tokens, refreshToken: refreshToken)
        } catch let fault as MicrosoftFault {
            throw Self.outcome(of: fault)
        } catch SigningKeys.Failure.unavailable(let fault) {
            throw Self.outcome(of: fault)
        }
    }

    /// Checks that the account has a mailbox.
    ///
    /// Work accounts without a mailbox usually have no `mail`, but neither do some with one. So the inbox decides if the
    /// permission level allows reading it.
    private func proveMailbox(
        _ level: PermissionLevel, _ profile: MicrosoftClient.Profile, _ type: AccountType, _ tokens: TokenAnswer,
        timeout: Duration
    ) async throws {
        let hasAddress = type == .personal || profile.mail != nil
        guard level.mayRead else {
            if !hasAddress { throw ConsentOutcome.failed(.mailboxNotFound) }
            return
        }
        do {
            try await client.readInbox(accessToken: tokens.accessToken, timeout: timeout)
        } catch {
            if error.kind == .mailboxMissing, !hasAddress { throw ConsentOutcome.failed(.mailboxNotFound) }
            throw error
        }
    }

    private func identity(
        in tokens: TokenAnswer, link: ConsentLink, application: MicrosoftClient.Application
    ) async throws -> MicrosoftIDToken {
        guard let idToken = tokens.idToken else { throw ConsentOutcome.failed(.idTokenInvalid) }
        do {
            let token = try await keys.verify(idToken)
            return try MicrosoftIDToken(
                token.claims,
                .init(
                    issuer: token.issuer, keyIssuer: token.keyIssuer, audience: application.clientID,
                    nonce: link.nonce, now: now()))
        } catch SigningKeys.Failure.invalid, is TokenProblem {
            throw ConsentOutcome.failed(.idTokenInvalid)
        }
    }

    /// Whether the requested address is the account's mail, its sign-in name, or one of its SMTP proxy addresses.
    private static func isAddress(_ key: String, of profile: MicrosoftClient.Profile) -> Bool {
        ([profile.mail, profile.userPrincipalName].compactMap { $0 } + profile.proxyAddresses)
            .contains { EmailAddress.key(of: $0) == key }
    }

    private static func outcome(of fault: MicrosoftFault) -> ConsentOutcome {
        switch fault.kind {
        case .transient: .failed(.temporaryFault)
        case .applicationFault, .applicationSuspected: .failed(.applicationFault)
        case .mailboxMissing: .failed(fault.isOutsideCloud ? .mailboxNotInCloud : .mailboxNotFound)
        case .scopeMissing: .scopeMissing
        case .policyBlocked: .adminRequired
        case .expired, .revoked, .codeRefused: .failed(.codeRefused)
        case .signInRequired: .failed(.signInRequired)
        case .accountDisabled: .failed(.accountDisabled)
        case .tokenRefused: .failed(.tokenRefused)
        }
    }
}
