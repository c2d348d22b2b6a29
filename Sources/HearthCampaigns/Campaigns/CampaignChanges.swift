import HTTPTypes
import HearthRules
package import HearthWeb
import StrictJSON

/// A partner's changes to a campaign. Nil leaves a value unchanged.
struct CampaignChanges: Sendable, Equatable {
    var firstName: String?
    var lastName: String?
    /// An empty string removes the owner.
    var ownerEmail: String?
    var settings = SettingsFields()
    /// Replaces all tags.
    var tags: [String]?
    /// JSON.
    var meta: String?

    init() {}

    init(_ body: ParsedBody) throws(APIError) {
        try Self.refuseCredentials(in: body.object)
        var fields = Fields(body)
        firstName = fields.string("first_name", or: "firstName", length: 0...255)
        lastName = fields.string("last_name", or: "lastName", length: 0...255)
        ownerEmail = fields.string("owner_email", or: "ownerEmail", length: 0...1_000)
        if ownerEmail?.isEmpty == false { ownerEmail = fields.address("owner_email", or: "ownerEmail")?.text }
        settings = SettingsFields(&fields)
        let meta = fields.meta()
        self.meta = meta?.text
        tags = fields.tags(meta: meta?.value)
        try fields.validated()
    }

    /// Returns the changed campaign, and the names of the fields that differ.
    func applied(to campaign: Campaign) -> (campaign: Campaign, fields: [String]) {
        var changed = campaign
        changed.firstName = firstName ?? campaign.firstName
        changed.lastName = lastName ?? campaign.lastName
        if let ownerEmail { changed.ownerEmail = ownerEmail.isEmpty ? nil : ownerEmail }
        changed.settings = settings.applied(to: campaign.settings)
        changed.tags = tags ?? campaign.tags
        changed.meta = meta ?? campaign.meta
        let (old, new) = (campaign.settings, changed.settings)
        let schedule = new.sendingSchedule.preset == nil ? "sending_windows" : "sending_schedule_presets"
        let differences: [(String, Bool)] = [
            ("first_name", changed.firstName != campaign.firstName),
            ("last_name", changed.lastName != campaign.lastName),
            ("owner_email", changed.ownerEmail != campaign.ownerEmail),
            ("email_per_day", new.emailPerDay != old.emailPerDay),
            ("response_rate", new.responseRate != old.responseRate),
            ("with_rampup", new.withRampup != old.withRampup),
            ("rampup_speed", new.rampupSpeed != old.rampupSpeed),
            ("timezone", new.timezone != old.timezone),
            (schedule, new.sendingSchedule != old.sendingSchedule),
            ("warmup_audience_type", new.audience != old.audience),
            ("tags", changed.tags != campaign.tags),
            ("meta", changed.meta != campaign.meta),
        ]
        return (changed, differences.filter(\.1).map(\.0))
    }

    /// Mailivery's `smtp` and `imap` may contain passwords. Hearth has no use for them, and ignoring one would suggest that it
    /// was accepted, so the request is refused.
    private static func refuseCredentials(in object: JSONObject) throws(APIError) {
        let nested = ["smtp", "imap"].compactMap { name in object[name]?.asObject.map { (name + ".", $0) } }
        let problems = ([("", object)] + nested).flatMap { prefix, object in
            object.names.filter { $0.lowercased().contains("password") }
                .map { FieldProblem(field: prefix + $0, message: "must not be sent") }
        }
        if !problems.isEmpty { throw .credentialsNotAccepted(problems) }
    }
}

extension APIError {
    package static func credentialsNotAccepted(_ problems: [FieldProblem]) -> APIError {
        APIError(
            .badRequest, code: "CREDENTIALS_NOT_ACCEPTED",
            message:
                "Hearth does not accept passwords. Leave them out; to reconnect the mailbox, send an empty body and give reconnectUrl to its owner.",
            errors: problems)
    }
}
