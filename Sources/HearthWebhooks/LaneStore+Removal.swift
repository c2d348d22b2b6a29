import Postgres

/// What an endpoint that is deleted leaves behind goes in small statements, however long its lanes are.
extension LaneStore {
    /// Removes some deliveries of an endpoint that is deleted.
    static func removeDeliveries(of endpoint: Int64, tenant: Int64, limit: Int) -> SQL {
        """
        DELETE FROM webhook_deliveries WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint)
            AND ctid = ANY(ARRAY(
                SELECT ctid FROM webhook_deliveries WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint)
                LIMIT \(limit)))
        """
    }

    /// Removes some lanes of an endpoint that is deleted; their deliveries must be gone.
    static func removeLanes(of endpoint: Int64, tenant: Int64, limit: Int) -> SQL {
        """
        DELETE FROM webhook_lanes WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint)
            AND lane_key = ANY(ARRAY(
                SELECT lane_key FROM webhook_lanes WHERE tenant_id = \(tenant) AND endpoint_id = \(endpoint)
                ORDER BY lane_key LIMIT \(limit) FOR UPDATE))
        """
    }
}
