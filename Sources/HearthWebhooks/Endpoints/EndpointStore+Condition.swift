package import Foundation
import HearthCore
import HearthRules
package import Postgres

/// What deliveries and time make of endpoints.
extension EndpointStore {
    /// Stores what the endpoint's attempts have made of it.
    static func store(_ endpoint: EndpointCondition, of tenant: Int64) -> SQL {
        """
        UPDATE webhook_endpoints SET status = \(endpoint.status), disabled_reason = \(endpoint.disabledReason),
            failures = \(endpoint.health.failures), failing_since = \(endpoint.health.failingSince),
            blocked_until = \(endpoint.blockedUntil), is_announced = \(endpoint.isAnnounced)
        WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint.id)
        """
    }

    /// A delivery was accepted: the endpoint's failures in a row are over. It changes no row where there were none.
    static func clearFailures(of id: Int64, tenant: Int64) -> SQL {
        """
        UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, blocked_until = NULL
        WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND (failures > 0 OR blocked_until IS NOT NULL)
        """
    }

    /// Disables all endpoints of a tenant that is deleted.
    package static func disableAll(of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE webhook_endpoints SET status = \(EndpointMove.disable.target), disabled_reason = 'requested',
            updated_at = \(now)
        WHERE tenant_id = \(tenant) AND \(EndpointMove.disable.isAllowed())
        """
    }

    /// Removes an endpoint that is deleted and has nothing left.
    static func remove(_ id: Int64, of tenant: Int64) -> SQL {
        "DELETE FROM webhook_endpoints WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND status = 'deleted'"
    }

    /// Forgets a secret that no longer signs.
    static func forgetFormerSecret(of id: Int64, tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE webhook_endpoints SET former_secret = NULL, former_until = NULL
        WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND former_until <= \(now)
        """
    }
}
