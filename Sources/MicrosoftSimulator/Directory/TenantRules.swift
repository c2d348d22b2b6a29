/// One tenant's deviations from the simulator's behaviours; nil members do not deviate. The tenant of all personal accounts
/// can have rules, too.
package struct TenantRules: Sendable, Equatable {
    package var rotation: SimulatorBehaviours.Rotation?
    /// How long an unused refresh token stays valid, in days.
    package var refreshTokenDays: Int?
    package var adminConsentDelaySeconds: Int?

    package init() {}

    var json: JSON {
        [
            "rotation": .text(rotation?.rawValue),
            "refreshTokenDays": refreshTokenDays.map(JSON.integer) ?? .null,
            "adminConsentDelaySeconds": adminConsentDelaySeconds.map(JSON.integer) ?? .null,
        ]
    }
}

extension SimulatorState {
    func rotation(in tenantID: String) -> SimulatorBehaviours.Rotation {
        rules[tenantID]?.rotation ?? behaviours.rotation
    }

    func refreshTokenDays(in tenantID: String) -> Int {
        rules[tenantID]?.refreshTokenDays ?? behaviours.refreshTokenDays
    }

    func adminConsentDelaySeconds(in tenantID: String) -> Int {
        rules[tenantID]?.adminConsentDelaySeconds ?? behaviours.adminConsentDelaySeconds
    }
}
