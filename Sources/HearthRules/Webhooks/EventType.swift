/// The event types that an endpoint may subscribe to.
package enum EventType {
    /// The types sent to an endpoint that names none: Mailivery's events, and the one that warns of a wrong mailbox.
    package static let standard = [
        "campaign.pending", "campaign.created", "campaign.updated", "campaign.deleted", "campaign.connection_problem",
        "consent.mismatched",
    ]

    /// Subscribes to every type, including those of later releases.
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
            "shared_mailbox.reconnected", "message.sent", "message.failed", "message.unknown", "message.bounced",
            "message.replied", "message.auto_replied", "message.received",
        ] + WarningCode.tenants.compactMap(\.event)

    package static func maySubscribe(to type: String) -> Bool { type == every || all.contains(type) }
}
