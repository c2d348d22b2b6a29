package import Foundation
import HearthRules
import HearthWeb
package import StrictJSON

extension Mailbox {
    /// - Parameter addition: further members of the object.
    package func write(to json: inout JSONWriter, at now: Date, adding addition: (inout JSONWriter) -> Void = { _ in })
    {
        json.object { json in
            json.member("id", id)
            json.member("address", address)
            json.member("user_principal_name", userPrincipalName)
            json.member("account_type", accountType.rawValue)
            json.member("microsoft_tenant_id", tid.uuidString.lowercased())
            writeAccess(to: &json, at: now)
            writeHealth(to: &json, at: now)
            json.array("warnings") { json in
                for warning in warnings(at: now) { warning.write(to: &json) }
            }
            json.array("campaigns") { json in
                for use in uses { use.write(to: &json) }
            }
            json.member("last_success_at", lastSuccessAt.map(RFC3339.format))
            json.member("disconnected_at", disconnectedAt.map(RFC3339.format))
            json.member("created_at", RFC3339.format(createdAt))
            json.member("updated_at", RFC3339.format(updatedAt))
            addition(&json)
        }
    }

    private func writeAccess(to json: inout JSONWriter, at now: Date) {
        json.member("permission_level", access?.level.rawValue)
        json.array("scopes") { json in
            for scope in access?.scopes ?? [] { json.value(scope) }
        }
        json.member("granted_at", access.map { RFC3339.format($0.grantedAt) })
        json.member("grant_age_days", access.map { $0.ageInDays(at: now) })
        json.member("refreshed_at", access.map { RFC3339.format($0.refreshedAt) })
    }

    private func writeHealth(to json: inout JSONWriter, at now: Date) {
        let health = health(at: now)
        json.object("health") { json in
            json.member("status", health.rawValue)
            json.member("text", words(at: now))
            json.member("action", advice(at: now))
            json.member("code", problem?.rawValue)
            json.member("remedy", problem?.remedy.rawValue)
            json.member("since", problemSince.map(RFC3339.format))
        }
    }
}

extension Mailbox.Use {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", campaignID)
            json.member("email", email)
            json.member("status_code", status.rawValue)
        }
    }
}
