import Foundation
import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes `POST /mailboxes/{id}/disconnect` and `DELETE /mailboxes/{id}`.
struct DisconnectRoutes {
    let end: EndMailbox

    init(_ connections: Connections) {
        end = EndMailbox(connections)
    }

    func disconnect(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try context.mailboxID()
        return try await write.once { call in
            try await end.disconnect(id, by: Caller(context)) { mailbox, now, transaction in
                let answer = Envelope.prepared(
                    code: "MAILBOX_DISCONNECTED", message: "Every use has stopped and the tokens are destroyed."
                ) { json in
                    mailbox.write(to: &json, at: now) {
                        ConsentWithdrawal(accountType: mailbox.accountType).write(to: &$0)
                    }
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }

    func delete(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try context.mailboxID()
        return try await write.once { call in
            try await end.delete(id, by: Caller(context)) { deletion, transaction in
                let answer = Envelope.prepared(
                    code: "MAILBOX_DELETED", message: "Mailbox deleted. Remaining data is destroyed by data.purged_by."
                ) { json in
                    json.object { json in
                        json.member("id", deletion.mailbox.id)
                        json.member("deleted_at", RFC3339.format(deletion.deletedAt))
                        json.member("purged_by", RFC3339.format(deletion.purgeAt))
                        ConsentWithdrawal(accountType: deletion.mailbox.accountType).write(to: &json)
                    }
                }
                return try call.record(answer, in: &transaction)
            }
        }
    }
}

extension APIError {
    static func mailboxInUse(by uses: [Mailbox.Use]) -> APIError {
        APIError(
            .conflict, code: "MAILBOX_IN_USE",
            message: "Campaigns use this mailbox. Delete them first, or disconnect the mailbox.",
            details: [
                (
                    "campaigns",
                    .array(
                        uses.map { use in
                            .object(
                                JSONObject([
                                    .init(name: "id", value: .integer(use.campaignID)),
                                    .init(name: "email", value: .string(use.email)),
                                    .init(name: "status_code", value: .string(use.status.rawValue)),
                                ]))
                        })
                )
            ])
    }
}
