/// How a campaign warms up, within the bounds of the contract (section 7).
package struct CampaignSettings: Sendable, Equatable {
    /// E-mails a day at full pace.
    package var emailPerDay: Int
    /// Share of warm-up mail that is answered, in percent.
    package var responseRate: Int
    package var withRampup: Bool
    package var rampupSpeed: RampupSpeed
    /// An IANA zone name; the schedule is read in it.
    package var timezone: String
    package var sendingSchedule: SendingSchedule
    package var audience: WarmupAudience

    package init(
        emailPerDay: Int, responseRate: Int, withRampup: Bool, rampupSpeed: RampupSpeed, timezone: String,
        sendingSchedule: SendingSchedule, audience: WarmupAudience
    ) {
        self.emailPerDay = emailPerDay
        self.responseRate = responseRate
        self.withRampup = withRampup
        self.rampupSpeed = rampupSpeed
        self.timezone = timezone
        self.sendingSchedule = sendingSchedule
        self.audience = audience
    }

    package static let emailPerDayBounds = 0...2000
    package static let responseRateBounds = 0...100

    /// What a partner gets who names nothing. Ramp-up is off and the zone is Chicago, as in the contract, section 3.3.
    package static let standard = CampaignSettings(
        emailPerDay: 20, responseRate: 30, withRampup: false, rampupSpeed: .normal, timezone: "America/Chicago",
        sendingSchedule: .preset(.weekdays8To18), audience: .inherit)
}

/// How fast the daily number grows.
package enum RampupSpeed: String, Sendable, CaseIterable {
    case slow, normal, fast
}

/// Whom warm-up mail is exchanged with.
package enum WarmupAudience: String, Sendable, CaseIterable {
    case inherit, all, business, consumer
}

/// When mail may be sent: one of the contract's presets, or windows of the partner's own.
package enum SendingSchedule: Sendable, Equatable {
    case preset(SchedulePreset)
    case windows(SendingWindows)

    package var preset: SchedulePreset? {
        if case .preset(let preset) = self { preset } else { nil }
    }

    /// What it means either way.
    package var windows: SendingWindows {
        switch self {
        case .preset(let preset): preset.windows
        case .windows(let windows): windows
        }
    }
}

/// The presets of the contract, section 7.3, word for word.
package enum SchedulePreset: String, Sendable, CaseIterable {
    case weekdays8To18 = "Weekdays - 8am to 6pm"
    case weekdays7To19 = "Weekdays - 7am to 7pm"
    case weekdays6To22 = "Weekdays - 6am to 10pm"
    case everyDay8To18 = "With Weekends - 8am to 6pm"
    case everyDay7To19 = "With Weekends - 7am to 7pm"
    case everyDay6To22 = "With Weekends - 6am to 10pm"
}
