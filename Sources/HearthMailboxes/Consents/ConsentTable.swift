package import Foundation
import HearthCore
import HearthRules
package import Postgres

/// The only writer of `consents`. State transitions follow ``ConsentMove``.
package enum ConsentTable {
    /// Seconds. While an attempt calls Microsoft, no other may claim the consent.
    package static let lease: TimeInterval = 60
    /// Maximum authorization codes remembered per link, so that none is sent to Microsoft twice. A link with this many is no
    /// longer redeemed.
    private static let rememberedCodes = 1_000

    // MARK: Moves

    /// Claims a consent for one attempt with a new code. Returns `lease_no`; no row if the consent has ended, is being
    /// redeemed, or has already seen the code.
    package static func claim(_ id: Int64, of tenant: Int64, code digest: String, at now: Date) -> SQL {
        """
        UPDATE consents SET status = \(ConsentMove.claim.target), lease_until = \(now.addingTimeInterval(lease)),
            lease_no = lease_no + 1, attempts = attempts + 1, codes = codes || \(digest), updated_at = \(now)
        WHERE tenant_id = \(tenant) AND consent_id = \(id) AND expires_at > \(now)
            AND \(ConsentMove.claim.isAllowed()) AND (lease_until IS NULL OR lease_until <= \(now))
            AND NOT \(digest) = ANY(codes) AND cardinality(codes) < \(rememberedCodes)
        RETURNING lease_no
        """
    }

    /// Records the outcome of an attempt that did not complete. The link stays open.
    ///
    /// - Parameters:
    ///   - isUnclaimed: whether Microsoft redirected without a code, so that no claim has counted the attempt.
    ///   - announces: whether an event is sent for this outcome; each is announced once.
    package static func settle(
        _ consent: Consent, with outcome: ConsentOutcome, isUnclaimed: Bool, announces: Bool, at now: Date
    ) -> SQL {
        """
        UPDATE consents SET status = \(ConsentMove.settle.target), lease_until = NULL, outcome = \(outcome.kind),
            outcome_code = \(outcome.code.rawValue), updated_at = \(now), attempts = attempts + \(isUnclaimed ? 1 : 0),
            announced = announced || \(announces ? [outcome.code.rawValue] : [String]())
        WHERE tenant_id = \(consent.tenantID) AND consent_id = \(consent.id) AND \(ConsentMove.settle.isAllowed())
        """
    }

    package static func complete(_ consent: Consent, mailbox: Int64, campaign: Int64?, at now: Date) -> SQL {
        """
        UPDATE consents SET status = \(ConsentMove.complete.target), lease_until = NULL, outcome = NULL,
            outcome_code = NULL, campaign_id = \(campaign), mailbox_id = \(mailbox), updated_at = \(now)
        WHERE tenant_id = \(consent.tenantID) AND consent_id = \(consent.id) AND \(ConsentMove.complete.isAllowed())
        """
    }

    package static func expire(_ id: Int64, of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE consents SET status = \(ConsentMove.expire.target), lease_until = NULL, updated_at = \(now)
        WHERE tenant_id = \(tenant) AND consent_id = \(id) AND \(ConsentMove.expire.isAllowed())
        """
    }

    /// Selects the open links of a tenant to revoke.
    package enum Links {
        /// One link, unless it is past its expiry.
        case one(Int64)
        case locked([Int64])
        case ofInvitation(Int64)
        /// Links for the same address and purpose that are not newer than a consent.
        case earlier(than: Consent)
        case all
    }

    package static func revoke(_ links: Links, of tenant: Int64, at now: Date) -> SQL {
        let condition: SQL =
            switch links {
            case .one(let id): "consent_id = \(id) AND expires_at > \(now)"
            case .locked(let ids): "consent_id = ANY(\(ids))"
            case .ofInvitation(let id): "invitation_id = \(id)"
            case .earlier(let consent): earlierLinks(than: consent)
            case .all: "true"
            }
        return """
            UPDATE consents SET status = \(ConsentMove.revoke.target), lease_until = NULL, updated_at = \(now)
            WHERE tenant_id = \(tenant) AND \(ConsentMove.revoke.isAllowed()) AND \(condition)
            """
    }

    /// The condition of ``Links/earlier(than:)``, also used to lock these links.
    package static func earlierLinks(than consent: Consent) -> SQL {
        """
        (email_key = \(consent.emailKey) AND consent_id <> \(consent.id) AND \(ConsentMove.revoke.isAllowed())
            AND created_at <= \(consent.createdAt)
            AND (kind <> 'connect' AND reconnects IS NULL) = \(consent.isStandalone))
        """
    }

    // MARK: Announcements

    /// Records that the approval by an administrator was announced for these consents.
    package static func announceApproval(to consents: [Int64], of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE consents SET announced = announced || '{admin_approved}'::text[], updated_at = \(now)
        WHERE tenant_id = \(tenant) AND consent_id = ANY(\(consents))
        """
    }
}
