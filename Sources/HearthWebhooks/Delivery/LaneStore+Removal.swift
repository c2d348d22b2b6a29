import Postgres

/// Removes the lanes and deliveries of deleted endpoints, in small statements however long the lanes are.
extension LaneStore {
    /// Removes up to `limit` deliveries of a deleted endpoint.
    static func removeDeliveries(of endpoint: Int64, tenant: Int64, limit: Int) -> SQL {
        """
        DELETE FROM webhook_deliveries WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint)
            AND ctid = ANY(ARRAY(
                SELECT ctid FROM webhook_deliveries WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint)
                LIMIT \(limit)))
        """
    }

    /// Removes up to `limit` lanes of a deleted endpoint, whose deliveries must have been removed before.
    static func removeLanes(of endpoint: Int64, tenant: Int64, limit: Int) -> SQL {
        """
        DELETE FROM webhook_lanes WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint)
            AND lane_key = ANY(ARRAY(
                SELECT lane_key FROM webhook_lanes WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint)
                ORDER BY lane_key LIMIT \(limit) FOR UPDATE))
        """
    }
}
