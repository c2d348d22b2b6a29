import HearthCore

/// An endpoint with due lanes.
package struct DueEndpoint: DueWork, Hashable {
    enum State: Sendable {
        /// Deliveries may be sent.
        case open
        /// No deliveries are sent until the block ends.
        case blocked
        /// Disabled or deleted.
        case off
    }

    let tenantID: Int64
    let endpointID: Int64
    let state: State
    /// Whether it has failed so often that only one lane at a time may try it.
    let isProbing: Bool
    /// The number of due lanes, as far as they were read.
    let rows: Int

    static let lanesAtOnce = 8

    var place: WorkPlace<Int64> { WorkPlace(tenant: tenantID, unit: endpointID) }
    var limit: Int { isProbing ? 1 : Self.lanesAtOnce }
}

/// A position in the order of all endpoints: by tenant, then by id.
struct LaneCursor: Sendable {
    let tenantID: Int64
    let endpointID: Int64

    static let beginning = LaneCursor(tenantID: 0, endpointID: 0)
    static let end = LaneCursor(tenantID: .max, endpointID: .max)

    init(tenantID: Int64, endpointID: Int64) {
        self.tenantID = tenantID
        self.endpointID = endpointID
    }

    init(_ endpoint: DueEndpoint) {
        self.init(tenantID: endpoint.tenantID, endpointID: endpoint.endpointID)
    }

    /// The endpoints after one, up to and including another.
    struct Span: Sendable {
        var after: LaneCursor
        let upTo: LaneCursor

        init(after: LaneCursor) { (self.after, upTo) = (after, .end) }
        init(upTo: LaneCursor) { (after, self.upTo) = (.beginning, upTo) }
    }
}
