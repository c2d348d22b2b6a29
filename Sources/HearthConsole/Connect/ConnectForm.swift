import HearthMailboxes
import HearthRules

/// The form that creates a link to Microsoft.
enum ConnectForm {
    static let fields: [FormField] = {
        let standard = CampaignSettings.standard
        return [
            FormField(
                name: "email", label: "Mailbox", input: .text(type: "email"),
                hint: "The address that the owner must sign in with.", isRequired: true, isWide: true),
            .firstName, .lastName, .permissions(levels: [.warmup, .readSend, .send, .readOnly]), .sharedMailboxes(),
            .lifetime(),
            FormField(
                name: "email_per_day", label: "E-mails a day", input: .text(type: "number"),
                standard: String(standard.emailPerDay)),
            FormField(
                name: "response_rate", label: "Response rate in percent", input: .text(type: "number"),
                standard: String(standard.responseRate)),
            FormField(
                name: "with_rampup", label: "Ramp-up", input: .choice([("false", "off"), ("true", "on")])),
            FormField(
                name: "rampup_speed", label: "Ramp-up speed",
                input: .choice([RampupSpeed.normal, .slow, .fast].map { ($0.rawValue, $0.rawValue) })),
            FormField(
                name: "sending_schedule_presets", label: "Schedule",
                input: .choice(SchedulePreset.allCases.map { ($0.rawValue, $0.rawValue) })),
            FormField(
                name: "timezone", label: "Time zone", standard: standard.timezone,
                hint: "A name of the IANA database, such as Europe/Berlin."),
            FormField(
                name: "owner_email", label: "Account owner", input: .text(type: "email"),
                hint: "Optional: the person the campaign belongs to in your own system."),
            .tags,
        ]
    }()
}
