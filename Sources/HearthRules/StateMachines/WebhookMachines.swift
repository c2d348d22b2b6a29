/// States of a webhook endpoint.
package enum EndpointStatus: String, StoredState {
    case enabled, disabled
    /// Hidden at once, and removed within about a minute.
    case deleted
}

package enum EndpointMove: StateMachine {
    case disable, delete

    package var move: Move<EndpointStatus> {
        switch self {
        case .disable: Move(from: .enabled, to: .disabled)
        case .delete: Move(from: .enabled, .disabled, to: .deleted)
        }
    }
}

/// States of one event on its way to one endpoint.
package enum DeliveryStatus: String, StoredState {
    case pending, delivered
    /// Given up: its attempts are over, or its event is no longer kept.
    case exhausted
}

package enum DeliveryMove: StateMachine {
    case accept, giveUp

    package var move: Move<DeliveryStatus> {
        switch self {
        case .accept: Move(from: .pending, to: .delivered)
        case .giveUp: Move(from: .pending, to: .exhausted)
        }
    }
}
