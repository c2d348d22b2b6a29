import Synchronization

/// How many deliveries are in flight: in all, per tenant and per endpoint.
final class DeliverySlots: Sendable {
    private struct State {
        var all = 0
        var byTenant: [Int64: Int] = [:]
        var byEndpoint: [Int64: Int] = [:]
        /// Who was given something last.
        var served: (tenant: Int64, endpoint: Int64)?

        mutating func add(_ count: Int, tenant: Int64, endpoint: Int64) {
            all += count
            byTenant[tenant, default: 0] += count
            byEndpoint[endpoint, default: 0] += count
            if byTenant[tenant] == 0 { byTenant[tenant] = nil }
            if byEndpoint[endpoint] == 0 { byEndpoint[endpoint] = nil }
        }
    }

    static let inAll = 512
    static let perTenant = 32
    static let perEndpoint = 8

    private let state = Mutex(State())

    /// The endpoints in the order of their turns: first whoever comes after the one that was served last, so that slow
    /// ones which use up every slot cannot keep any other from its turn.
    ///
    /// - Parameter due: by tenant and endpoint.
    func inTurn(_ due: [DueEndpoint]) -> [DueEndpoint] {
        guard let served = state.withLock(\.served),
            let next = due.firstIndex(where: { ($0.tenantID, $0.endpointID) > (served.tenant, served.endpoint) })
        else { return due }
        return Array(due[next...] + due[..<next])
    }

    /// Reserves what the endpoint may claim now; 0 when there is no room.
    func reserve(_ endpoint: DueEndpoint) -> Int {
        state.withLock { state in
            let limit = endpoint.isProbing ? 1 : Self.perEndpoint
            let room = min(
                Self.inAll - state.all, Self.perTenant - state.byTenant[endpoint.tenantID, default: 0],
                limit - state.byEndpoint[endpoint.endpointID, default: 0])
            guard room > 0 else { return 0 }
            state.add(room, tenant: endpoint.tenantID, endpoint: endpoint.endpointID)
            state.served = (endpoint.tenantID, endpoint.endpointID)
            return room
        }
    }

    /// Gives back what was reserved and not claimed.
    func returnUnused(of wanted: [(endpoint: DueEndpoint, count: Int)], taken lanes: [WebhookLane]) {
        state.withLock { state in
            for (endpoint, count) in wanted {
                let used = lanes.count { $0.endpointID == endpoint.endpointID && $0.tenantID == endpoint.tenantID }
                state.add(used - count, tenant: endpoint.tenantID, endpoint: endpoint.endpointID)
            }
        }
    }

    func release(_ lane: WebhookLane) {
        state.withLock { $0.add(-1, tenant: lane.tenantID, endpoint: lane.endpointID) }
    }
}
