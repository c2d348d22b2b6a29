import HearthCore

/// An endpoint with lanes that are due.
package struct DueEndpoint: DueWork, Hashable {
    enum State: Sendable {
        /// It may be sent to.
        case open
        /// It is left alone for a while.
        case blocked
        /// It is disabled or deleted.
        case off
    }

    let tenantID: Int64
    let endpointID: Int64
    let state: State
    /// It has failed so often that one lane at a time may try it.
    let isProbing: Bool
    /// Lanes that are due; of many, as many as were read.
    let rows: Int

    static let lanesAtOnce = 8

    var place: WorkPlace<Int64> { WorkPlace(tenant: tenantID, unit: endpointID) }
    var limit: Int { isProbing ? 1 : Self.lanesAtOnce }
}

/// A place in the order of all endpoints: by tenant, then by id.
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

    /// The endpoints behind one, up to and including another.
    struct Span: Sendable {
        var after: LaneCursor
        let upTo: LaneCursor

        init(after: LaneCursor) { (self.after, upTo) = (after, .end) }
        init(upTo: LaneCursor) { (after, self.upTo) = (.beginning, upTo) }
    }
}
