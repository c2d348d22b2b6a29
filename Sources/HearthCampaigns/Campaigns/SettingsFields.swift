package import HearthRules
package import HearthWeb
import StrictJSON

/// The warm-up settings in a body; nil for those that are absent.
package struct SettingsFields: Sendable, Equatable {
    package var emailPerDay: Int?
    package var responseRate: Int?
    package var withRampup: Bool?
    package var rampupSpeed: RampupSpeed?
    package var timezone: String?
    package var sendingSchedule: SendingSchedule?
    package var audience: WarmupAudience?

    package init() {}

    package init(_ fields: inout Fields) {
        emailPerDay = fields.integer(
            "email_per_day", or: "emailsPerDay", "emailPerDay", in: CampaignSettings.emailPerDayBounds)
        responseRate = fields.integer("response_rate", or: "responseRate", in: CampaignSettings.responseRateBounds)
        withRampup = fields.boolean("with_rampup", or: "enableRampUp", "withRampup")
        rampupSpeed = fields.choice("rampup_speed", or: "rampupSpeed")
        timezone = fields.timezone()
        sendingSchedule = fields.sendingSchedule()
        audience = fields.choice("warmup_audience_type", or: "warmupAudienceType")
    }

    /// Returns `settings` with these values applied.
    package func applied(to settings: CampaignSettings) -> CampaignSettings {
        CampaignSettings(
            emailPerDay: emailPerDay ?? settings.emailPerDay, responseRate: responseRate ?? settings.responseRate,
            withRampup: withRampup ?? settings.withRampup, rampupSpeed: rampupSpeed ?? settings.rampupSpeed,
            timezone: timezone ?? settings.timezone, sendingSchedule: sendingSchedule ?? settings.sendingSchedule,
            audience: audience ?? settings.audience)
    }
}

extension Fields {
    /// Reads a preset or the partner's own windows, but not both.
    package mutating func sendingSchedule() -> SendingSchedule? {
        let preset: SchedulePreset? = choice(
            "sending_schedule_presets", or: "sendingSchedulePresets", "sending_schedule_preset", "sending_schedule",
            "preset")
        guard let found = find("sending_windows", or: ["sendingWindows", "windows"], required: false, isList: true)
        else {
            return preset.map(SendingSchedule.preset)
        }
        if preset != nil {
            problem(found.name, "must not be sent together with a preset")
            return nil
        }
        guard let elements = found.value.elements else {
            problem(found.name, "must be a list of windows, each with days, from and to")
            return nil
        }
        guard elements.count <= SendingWindows.limit else {
            problem(found.name, SendingWindows.Problem.tooMany.words)
            return nil
        }
        let windows = elements.enumerated().compactMap { window($0.element, field: "\(found.name)[\($0.offset)]") }
        guard windows.count == elements.count else { return nil }
        do {
            return .windows(try SendingWindows(windows))
        } catch {
            problem(found.name, error.words)
            return nil
        }
    }

    private mutating func window(_ value: JSONValue, field: String) -> SendingWindow? {
        guard let object = value.asObject else {
            problem(field, "must be an object with days, from and to")
            return nil
        }
        guard let days = Self.days(object["days"]) else {
            problem(field + ".days", "must be a list of \(Weekday.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        do {
            return try SendingWindow(days: days, from: Self.time(object["from"]), to: Self.time(object["to"]))
        } catch {
            problem(field, error.words)
            return nil
        }
    }

    /// Reads a list or a comma-separated string. Returns nil if a name is not a weekday.
    private static func days(_ value: JSONValue?) -> [Weekday]? {
        let names = value?.asArray?.map(\.asString) ?? value?.asString?.split(separator: ",").map { String($0) }
        guard let names else { return nil }
        let days = names.compactMap { $0.flatMap { Weekday(rawValue: $0.trimmingWhitespace().lowercased()) } }
        return days.count == names.count ? days : nil
    }

    /// Returns -1 if the value is not a time.
    private static func time(_ value: JSONValue?) -> Int {
        value?.asString.flatMap { SendingWindow.minutes(of: $0.trimmingWhitespace()) } ?? -1
    }
}
