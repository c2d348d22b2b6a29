/// The names of the events that an endpoint may subscribe to.
package enum EventType {
    /// What an endpoint receives that names nothing: the contract's events and the one that warns of a wrong mailbox.
    package static let standard = [
        "campaign.pending", "campaign.created", "campaign.updated", "campaign.deleted", "campaign.connection_problem",
        "consent.mismatched",
    ]

    /// What an endpoint names to receive every type, those of later releases among them.
    package static let every = "*"

    package static let all =
        standard + [
            "campaign.started", "campaign.paused", "campaign.resumed", "campaign.stalled", "consent.completed",
            "consent.declined",
            "consent.expired", "consent.admin_required", "consent.scope_missing", "consent.failed",
            "mailbox.disconnected", "mailbox.reconnected", "consent.admin_approved",
            "admin_consent.granted", "admin_consent.declined",
            "webhook.endpoint_failing", "webhook.endpoint_disabled", "webhook.endpoint_recovered",
            "invitation.opened", "invitation.completed", "invitation.declined", "invitation.failed",
            "invitation.expired", "shared_mailbox.connected", "shared_mailbox.disconnected",
            "shared_mailbox.reconnected",
        ] + WarningCode.tenants.compactMap(\.event)

    package static func maySubscribe(to type: String) -> Bool { type == every || all.contains(type) }
}
