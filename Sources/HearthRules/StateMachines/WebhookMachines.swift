/// States of a webhook endpoint.
package enum EndpointStatus: String, StoredState {
    case enabled, disabled
    /// Hidden at once, and removed within about a minute.
    case deleted
}

package enum EndpointMove: StateMachine {
    case enable, disable, delete

    /// The move that leads to a state.
    package init(to status: EndpointStatus) {
        switch status {
        case .enabled: self = .enable
        case .disabled: self = .disable
        case .deleted: self = .delete
        }
    }

    package var move: Move<EndpointStatus> {
        switch self {
        // Enabling an enabled endpoint makes its lanes due at once.
        case .enable: Move(from: .enabled, .disabled, to: .enabled)
        case .disable: Move(from: .enabled, .disabled, to: .disabled)
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
