package import Foundation
import HearthCore
import HearthRules
package import Postgres

/// SQL for changes of endpoints that follow from deliveries or the passing of time.
extension EndpointStore {
    /// Stores the endpoint's delivery state.
    static func store(_ endpoint: EndpointState, of tenant: Int64) -> SQL {
        let move = EndpointMove(to: endpoint.status.stored)
        return """
            UPDATE webhook_endpoints SET status = \(move.target), disabled_reason = \(endpoint.disabledReason),
                failures = \(endpoint.health.failures), failing_since = \(endpoint.health.failingSince),
                blocked_until = \(endpoint.blockedUntil), is_announced = \(endpoint.isAnnounced)
            WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint.id) AND \(move.isAllowed())
            """
    }

    /// Resets the endpoint's consecutive failures after an accepted delivery. Updates no row if there are none.
    static func clearFailures(of id: Int64, tenant: Int64) -> SQL {
        """
        UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, blocked_until = NULL
        WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND (failures > 0 OR blocked_until IS NOT NULL)
        """
    }

    /// Disables all endpoints of a deleted tenant.
    package static func disableAll(of tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE webhook_endpoints SET status = \(EndpointMove.disable.target), disabled_reason = 'requested',
            updated_at = \(now)
        WHERE tenant_id = \(tenant) AND status = 'enabled' AND \(EndpointMove.disable.isAllowed())
        """
    }

    /// Removes a deleted endpoint; its lanes must have been removed before.
    static func remove(_ id: Int64, of tenant: Int64) -> SQL {
        "DELETE FROM webhook_endpoints WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND status = 'deleted'"
    }

    /// Erases the previous secret if it no longer signs.
    static func forgetFormerSecret(of id: Int64, tenant: Int64, at now: Date) -> SQL {
        """
        UPDATE webhook_endpoints SET former_secret = NULL, former_until = NULL
        WHERE tenant_id = \(tenant) AND endpoint_id = \(id) AND former_until <= \(now)
        """
    }
}
