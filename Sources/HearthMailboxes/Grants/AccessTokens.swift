import Foundation
import HearthCore
import HearthMicrosoft
import HearthRules
import Logging

/// An access token that is good for a while: the stored one, or a new one by a refresh that happens once at a time.
struct AccessTokens: Sendable {
    let store: GrantStore
    let witnesses: GrantWitnesses
    let applications: MicrosoftApplications
    let client: MicrosoftClient
    let breaker: ApplicationBreaker
    let refusals: ApplicationRefusals
    let now: @Sendable () -> Date
    let meters: Meters

    /// A token with less than this left is refreshed before use.
    private static let margin: TimeInterval = 300
    /// How often a process that waits for another's refresh looks.
    private static let pause = Duration.milliseconds(50)

    /// A token for one use, which is counted.
    ///
    /// - Throws: `MicrosoftFault`.
    func token(
        for grant: Grant, forced: Bool = false, deadline: ContinuousClock.Instant
    ) async throws -> String {
        let token = try await token(for: grant.id, of: grant.tenantID, forced: forced, deadline: deadline)
        try await store.countUse(of: grant, at: now())
        return token
    }

    private func token(
        for id: Int64, of tenant: Int64, forced: Bool, asWitness: Bool = false, deadline: ContinuousClock.Instant
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
                return try await refresh(leased, lease: number, asWitness: asWitness, deadline: deadline)
            }
            // Another process refreshes it; its result will do.
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

    /// - Parameter asWitness: whether it is done to learn about the application alone; a refusal then says nothing new.
    private func refresh(_ grant: Grant, lease: Int, asWitness: Bool, deadline: ContinuousClock.Instant) async throws
        -> String
    {
        guard let sealed = grant.sealedRefreshToken else { throw MicrosoftFault(.revoked, cause: "no refresh token") }
        guard asWitness || breaker.admits(grant.applicationID) else {
            await giveBack(grant, lease: lease)
            throw MicrosoftFault(.applicationFault, cause: "the application was refused shortly before")
        }
        let answer: TokenAnswer
        do {
            answer = try await client.refresh(
                try store.open(sealed, of: grant, as: .refreshToken), level: grant.level,
                withShared: grant.includesShared,
                as: try await applications.credentials(grant.applicationID, of: grant.tenantID),
                timeout: ContinuousClock.now.duration(to: deadline))
        } catch var fault as MicrosoftFault {
            // A refusal is an answer; without one, Microsoft may have given a token that nobody has.
            await giveBack(grant, lease: lease, inDoubt: fault.kind == .transient && fault.isUnanswered)
            guard !asWitness else { throw fault }
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
            // Nothing was asked of Microsoft yet.
            await giveBack(grant, lease: lease)
            throw error
        }
        if breaker.succeeded(grant.applicationID, grant: grant.id) {
            await refusals.ended(grant.applicationID, of: grant.tenantID)
        }
        meters.tokenRefresh(class: "refreshed")
        // The rotated token is committed before the new access token is used, and although the caller may have given up:
        // nobody else has it.
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

    /// Asks with grants of other organisations whether Microsoft refuses the application or only this grant.
    ///
    /// Without a grant to ask with, the application counts as refused: an alarm too many costs the operator a look, a
    /// mailbox wrongly disconnected costs its owner a consent.
    private func meaning(
        of fault: MicrosoftFault, with grant: Grant, deadline: ContinuousClock.Instant
    ) async throws -> MicrosoftFault.Class {
        var isUnknown = false
        for witness in try await witnesses.find(for: grant) {
            do {
                _ = try await token(
                    for: witness.id, of: witness.tenantID, forced: true, asWitness: true, deadline: deadline)
                return fault.meaningIfAcceptedElsewhere
            } catch let other as MicrosoftFault {
                switch other.kind {
                case .applicationFault, .applicationSuspected: return .applicationFault
                // Microsoft looks at the application before it looks at the grant.
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
                grant.problem == ConnectionProblem.expired.rawValue ? .expired : .revoked, cause: "an ended grant")
        case .replaced: MicrosoftFault(.transient, cause: "a grant that was replaced")
        }
    }
}
