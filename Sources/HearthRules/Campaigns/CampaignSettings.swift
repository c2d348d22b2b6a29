/// The warm-up settings of a campaign.
package struct CampaignSettings: Sendable, Equatable {
    /// E-mails per day at full pace.
    package var emailPerDay: Int
    /// The share of warm-up mail that gets a reply, in percent.
    package var responseRate: Int
    package var withRampup: Bool
    package var rampupSpeed: RampupSpeed
    /// The IANA name of the time zone in which the schedule applies.
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

    /// The defaults. As at Mailivery, ramp-up is off and the time zone is Chicago.
    package static let standard = CampaignSettings(
        emailPerDay: 20, responseRate: 30, withRampup: false, rampupSpeed: .normal, timezone: "America/Chicago",
        sendingSchedule: .preset(.weekdays8To18), audience: .inherit)
}

/// How fast the number of e-mails per day grows.
package enum RampupSpeed: String, Sendable, CaseIterable {
    case slow, normal, fast
}

/// The mailboxes with which warm-up mail is exchanged.
package enum WarmupAudience: String, Sendable, CaseIterable {
    case inherit, all, business, consumer
}

/// When mail may be sent: one of Mailivery's presets, or the partner's own windows.
package enum SendingSchedule: Sendable, Equatable {
    case preset(SchedulePreset)
    case windows(SendingWindows)

    package var preset: SchedulePreset? {
        if case .preset(let preset) = self { preset } else { nil }
    }

    /// The schedule as windows.
    package var windows: SendingWindows {
        switch self {
        case .preset(let preset): preset.windows
        case .windows(let windows): windows
        }
    }
}

/// Mailivery's presets, word for word (docs/contracts/mailivery.md).
package enum SchedulePreset: String, Sendable, CaseIterable {
    case weekdays8To18 = "Weekdays - 8am to 6pm"
    case weekdays7To19 = "Weekdays - 7am to 7pm"
    case weekdays6To22 = "Weekdays - 6am to 10pm"
    case everyDay8To18 = "With Weekends - 8am to 6pm"
    case everyDay7To19 = "With Weekends - 7am to 7pm"
    case everyDay6To22 = "With Weekends - 6am to 10pm"
}
