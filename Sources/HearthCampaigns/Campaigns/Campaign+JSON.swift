import HearthRules
import HearthWeb
package import StrictJSON

extension Campaign {
    /// Writes Mailivery's campaign object with our additions. It never contains a credential.
    ///
    /// - Parameter members: further members of the object.
    package func write(to json: inout JSONWriter, adding members: (inout JSONWriter) -> Void = { _ in }) {
        json.object { json in
            json.member("id", id)
            json.member("first_name", firstName)
            json.member("last_name", lastName)
            json.member("name", name)
            json.member("email", email)
            json.member("mailbox_address", mailboxAddress)
            json.member("consent_id", consentID)
            json.member("status_code", status.rawValue)
            json.member("connection_problem", connectionProblem != nil)
            json.member("connection_problem_code", connectionProblem)
            json.member("imap_type", "ms-graph")
            json.member("smtp_type", smtpType)
            json.object("imap") { $0.member("type", "ms-graph") }
            json.object("smtp") { $0.member("type", smtpType) }
            json.object("owner") { $0.member("email", ownerEmail) }
            json.member("owner_email", ownerEmail)
            writeSettings(to: &json)
            json.array("tags") { json in
                for tag in tags { json.value(tag) }
            }
            if let meta { json.member("meta", raw: meta) } else { json.null("meta") }
            writeActivity(to: &json)
            json.array("allowed_actions") { json in
                for action in CampaignMachine(status).allowedActions { json.value(action.rawValue) }
            }
            json.member("version", version)
            json.member("settings_version", settingsVersion)
            json.member("external_id", externalID)
            json.null("dashboard_url")
            json.member("created_at", RFC3339.format(createdAt))
            json.member("updated_at", RFC3339.format(updatedAt))
            members(&json)
        }
    }

    package var name: String {
        [firstName, lastName].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private func writeSettings(to json: inout JSONWriter) {
        json.member("timezone", settings.timezone)
        json.member("email_per_day", settings.emailPerDay)
        json.member("response_rate", settings.responseRate)
        json.member("with_rampup", settings.withRampup)
        json.member("rampup_speed", settings.rampupSpeed.rawValue)
        json.member("sending_schedule_presets", settings.sendingSchedule.preset?.rawValue)
        json.name("sending_windows")
        settings.sendingSchedule.windows.write(to: &json)
        json.member("warmup_audience_type", settings.audience.rawValue)
    }

    /// Without the warm-up engine nothing is sent, whatever the status, so the figures are 0 or null.
    private func writeActivity(to json: inout JSONWriter) {
        json.member("engine", "not_installed")
        json.null("archive_folder")
        json.null("next_email_after")
        json.member("outreach_today", 0)
        json.member("response_today", 0)
        json.member("emails_sent_today", 0)
        json.member("remaining_for_today", 0)
    }
}
