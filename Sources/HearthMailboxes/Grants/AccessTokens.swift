import Foundation
import HearthCore
import HearthMicrosoft
import HearthRules
import Logging

/// Provides access tokens: the stored one or, if that expires soon, a refreshed one. A grant is refreshed once at a time.
struct AccessTokens: Sendable {
    let store: GrantStore
    let references: ReferenceGrants
    let applications: MicrosoftApplications
    let client: MicrosoftClient
    let breaker: ApplicationBreaker
    let refusals: ApplicationRefusals
    let now: @Sendable () -> Date
    let meters: Meters

    /// Seconds. A token that expires sooner is refreshed before use.
    private static let margin: TimeInterval = 300
    /// Interval at which a process polls for the result of another's refresh.
    private static let pause = Duration.milliseconds(50)

    /// Returns a token for one use, and counts the use.
    ///
    /// - Parameter grant: as just read. Its token is used if it is still valid.
    /// - Throws: `MicrosoftFault`.
    func token(
        for grant: Grant, forced: Bool = false, deadline: ContinuousClock.Instant
    ) async throws -> String {
        if let ended = Self.end(of: grant) { throw ended }
        let stored = forced ? nil : try usable(grant)
        let token =
            if let stored { stored } else {
                try await token(for: grant.id, of: grant.tenantID, forced: forced, deadline: deadline)
            }
        try await store.countUse(of: grant, at: now())
        return token
    }

    private func token(
        for id: Int64, of tenant: Int64, forced: Bool, testsApplication: Bool = false, deadline: ContinuousClock.Instant
    ) async throws -> String {
        var forced = forced
        while ContinuousClock.now < deadline {
            guard let grant = try await store.find(id, of: tenant) else {
                throw MicrosoftFault(.revoked, cause: "no grant")
            }
            if let ended = Self.end(of: grant) { throw ended }
            if !forced, let token = try usable(grant) { return token }
            if let (leased, number) = try await store.lease(id, of: tenant, at: now()) {
                if !forced, let token = try usable(leased) {
                    await giveBack(leased, lease: number)
                    return token
                }
                return try await refresh(leased, lease: number, testsApplication: testsApplication, deadline: deadline)
            }
            // Another process is refreshing it; its result is fresh enough.
            forced = false
            try await Task.sleep(for: Self.pause)
        }
        throw MicrosoftFault(.transient, cause: "the refresh of another process took too long")
    }

    private func usable(_ grant: Grant) throws -> String? {
        guard let sealed = grant.sealedAccessToken, let expiry = grant.accessExpiresAt,
            expiry > now().addingTimeInterval(Self.margin)
        else { return nil }
        return try store.open(sealed, of: grant, as: .accessToken)
    }

    /// - Parameter testsApplication: whether the refresh only tests the application. It ignores the breaker, and a refusal is not
    ///   recorded.
    private func refresh(_ grant: Grant, lease: Int, testsApplication: Bool, deadline: ContinuousClock.Instant)
        async throws
        -> String
    {
        guard let sealed = grant.sealedRefreshToken else { throw MicrosoftFault(.revoked, cause: "no refresh token") }
        guard testsApplication || breaker.admits(grant.applicationID) else {
            await giveBack(grant, lease: lease)
            throw MicrosoftFault(.applicationFault, cause: "the application was refused recently")
        }
        let answer: TokenAnswer
        do {
            answer = try await client.refresh(
                try store.open(sealed, of: grant, as: .refreshToken), level: grant.level,
                withShared: grant.includesShared,
                as: try await applications.credentials(grant.applicationID, of: grant.tenantID),
                timeout: ContinuousClock.now.duration(to: deadline))
        } catch var fault as MicrosoftFault {
            // A refusal is a response. Without a response, Microsoft may have issued a token that was lost.
            await giveBack(grant, lease: lease, inDoubt: fault.kind == .transient && fault.isUnanswered)
            guard !testsApplication else { throw fault }
            if fault.kind == .applicationSuspected {
                fault = fault.resolved(as: try await meaning(of: fault, with: grant, deadline: deadline))
            }
            meters.tokenRefresh(class: fault.kind.rawValue)
            if fault.kind == .applicationFault {
                breaker.failed(grant.applicationID, grant: grant.id, cause: fault.cause)
                await refusals.began(grant.applicationID, of: grant.tenantID, cause: fault.cause, at: now())
            }
            throw fault
        } catch {
            // Microsoft has not been called yet.
            await giveBack(grant, lease: lease)
            throw error
        }
        if breaker.succeeded(grant.applicationID, grant: grant.id) {
            await refusals.ended(grant.applicationID, of: grant.tenantID)
        }
        meters.tokenRefresh(class: "refreshed")
        // The rotated refresh token is committed before the new access token is used, and even if the caller was cancelled,
        // because nobody else has it.
        let isStored = try await uncancelled { [store, now] in
            try await store.store(answer, for: grant, lease: lease, at: now())
        }
        guard isStored else {
            throw MicrosoftFault(.transient, cause: "the grant changed during its refresh")
        }
        return answer.accessToken
    }

    private func giveBack(_ grant: Grant, lease: Int, inDoubt: Bool = false) async {
        await cleanUp("the lease of a grant") { [store] in
            try await store.release(grant, lease: lease, inDoubt: inDoubt)
        }
    }

    /// Tests with grants of other organisations whether Microsoft refuses the application or only this grant.
    ///
    /// Without such a grant, the application counts as refused: a false alarm only costs the operator a check, while a wrongly
    /// disconnected mailbox costs its owner a new consent.
    private func meaning(
        of fault: MicrosoftFault, with grant: Grant, deadline: ContinuousClock.Instant
    ) async throws -> MicrosoftFault.Class {
        var isUnknown = false
        for reference in try await references.find(for: grant) {
            do {
                _ = try await token(
                    for: reference.id, of: reference.tenantID, forced: true, testsApplication: true, deadline: deadline)
                return fault.meaningIfAcceptedElsewhere
            } catch let other as MicrosoftFault {
                switch other.kind {
                case .applicationFault, .applicationSuspected: return .applicationFault
                // Microsoft checks the application before the grant, so the application was accepted.
                case .expired, .revoked, .signInRequired, .accountDisabled:
                    if other.source == .tokenEndpoint { return fault.meaningIfAcceptedElsewhere }
                    isUnknown = true
                default: isUnknown = true
                }
            }
        }
        return isUnknown ? .transient : .applicationFault
    }

    private static func end(of grant: Grant) -> MicrosoftFault? {
        switch grant.state {
        case .live: nil
        case .dead:
            MicrosoftFault(
                grant.problem == ConnectionProblem.expired.rawValue ? .expired : .revoked, cause: "the grant has ended")
        case .replaced: MicrosoftFault(.transient, cause: "the grant was replaced")
        }
    }
}
