import HTTPTypes
import HearthCore
package import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes for the settings of a campaign: `PATCH /campaigns/{id}`, and Mailivery's calls for single settings.
struct SettingsRoutes {
    let campaigns: CampaignStore
    let changes: ChangeCampaign
    /// Creates a link with which the campaign's owner reconnects the same mailbox.
    let reconnect: @Sendable (Campaign, Identity, IdempotentCall) async throws -> RecordedAnswer

    func update(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let campaign = try await find(context)
        let body = try await ParsedBody.read(request, context: context)
        let condition = try SettingsCondition(request)
        guard body.object.count == 0 else {
            return try await change(
                try CampaignChanges(body), to: campaign, body, request, context, write, code: "CAMPAIGN_UPDATED",
                message: "Campaign updated")
        }
        try context.identity.require(.msGraph)
        return try await write.once(body) { call in
            try condition?.check(campaign.settingsVersion)
            return try await reconnect(campaign, context.identity, call)
        }
    }

    func emailPerDay(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try await setting("EMAIL_PER_DAY_UPDATED", "E-mails per day updated", request, context, write) { fields in
            var settings = SettingsFields()
            settings.emailPerDay = fields.integer(
                "email_per_day", or: "emailsPerDay", "emailPerDay", required: true,
                in: CampaignSettings.emailPerDayBounds)
            return settings
        }
    }

    func responseRate(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse
    {
        try await setting("RESPONSE_RATE_UPDATED", "Response rate updated", request, context, write) { fields in
            var settings = SettingsFields()
            settings.responseRate = fields.integer(
                "response_rate", or: "responseRate", required: true, in: CampaignSettings.responseRateBounds)
            return settings
        }
    }

    func schedule(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try await setting("SENDING_SCHEDULE_UPDATED", "Sending schedule updated", request, context, write) { fields in
            var settings = SettingsFields()
            settings.timezone = fields.timezone()
            settings.sendingSchedule = fields.sendingSchedule()
            if settings.timezone == nil, settings.sendingSchedule == nil, fields.problems.isEmpty {
                fields.problem(
                    "sending_schedule_presets", "is required, unless sending_windows or timezone is given")
            }
            return settings
        }
    }

    func enableRampup(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse
    {
        try await setting("RAMPUP_ENABLED", "Ramp-up enabled", request, context, write) { fields in
            var settings = SettingsFields()
            settings.withRampup = true
            settings.rampupSpeed = fields.choice("rampup_speed", or: "rampupSpeed")
            return settings
        }
    }

    func disableRampup(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse
    {
        try await setting("RAMPUP_DISABLED", "Ramp-up disabled", request, context, write) { _ in
            var settings = SettingsFields()
            settings.withRampup = false
            return settings
        }
    }

    /// Replaces all tags with those of a bare array or of the member `tags`.
    func syncTags(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let campaign = try await find(context)
        let body = try await ParsedBody.read(request, context: context, allowsArray: true)
        let named =
            body.value.asArray.map { ParsedBody(form: JSONObject([.init(name: "tags", value: .array($0))])) } ?? body
        var fields = Fields(named)
        let tags = fields.tags(meta: nil)
        if tags == nil, fields.problems.isEmpty { fields.problem("tags", "is required: a list, which may be empty") }
        try fields.validated()
        var wanted = CampaignChanges()
        wanted.tags = tags
        return try await change(
            wanted, to: campaign, body, request, context, write, code: "TAGS_SYNCED", message: "Tags replaced")
    }

    private func setting(
        _ code: String, _ message: String, _ request: Request, _ context: TenantContext, _ write: PartnerWrite,
        read: (inout Fields) -> SettingsFields
    ) async throws -> RecordedResponse {
        let campaign = try await find(context)
        let body = try await ParsedBody.read(request, context: context)
        var fields = Fields(body)
        var wanted = CampaignChanges()
        wanted.settings = read(&fields)
        try fields.validated()
        return try await change(wanted, to: campaign, body, request, context, write, code: code, message: message)
    }

    private func change(
        _ wanted: CampaignChanges, to campaign: Campaign, _ body: ParsedBody, _ request: Request,
        _ context: TenantContext, _ write: PartnerWrite, code: String, message: String
    ) async throws -> RecordedResponse {
        let condition = try SettingsCondition(request)
        return try await write.once(body) { call in
            try await changes.run(
                wanted, on: campaign.id, by: Caller(context), if: condition
            ) { outcome, transaction in
                let tag = outcome.campaign.settingsTag.text
                let answer = Envelope.prepared(code: code, message: message, headers: [.eTag: tag]) {
                    outcome.campaign.write(to: &$0) { json in
                        json.array("updatedFields") { json in
                            for field in outcome.fields { json.value(field) }
                        }
                    }
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }

    private func find(_ context: TenantContext) async throws -> Campaign {
        try await campaigns.find(try context.campaignID(), of: context.tenantID)
    }
}

extension Campaign {
    package var settingsTag: SettingsTag { SettingsTag(version: settingsVersion) }
}
