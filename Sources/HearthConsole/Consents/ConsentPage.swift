import Foundation
import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthOnboarding
import HearthRules
import HearthWeb
import Hummingbird
import Postgres

/// `/console/consents/{id}`: the status of one link, and the button that revokes it.
struct ConsentPage: Sendable {
    let store: ConsentStore
    let now: @Sendable () -> Date

    func show(_ visit: ConsoleVisit) async throws -> Response { try await show(visit, refusal: nil) }

    func revoke(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        guard let id = visit.id else { throw APIError.consentNotFound }
        do {
            let now = now()
            let entry = try visit.caller.entry("console.revoke", "consent:\(id)", outcome: nil, store.recorder, at: now)
            try await store.revoke(id, of: visit.tenantID, at: now) { _, transaction in transaction.audit(entry) }
        } catch let refusal as APIError where refusal.status == .conflict {
            return try await show(visit, refusal: refusal)
        }
        return visit.go(to: "/console/consents/\(id)", saying: .linkRevoked)
    }

    private func show(_ visit: ConsoleVisit, refusal: APIError?) async throws -> Response {
        guard let id = visit.id, let consent = try await store.find(id, of: visit.tenantID) else {
            throw APIError.consentNotFound
        }
        let now = now()
        let isOpen = [.open, .redeeming].contains(consent.status(at: now))
        var content = Self.state(of: consent, at: now)
        content["id"] = id
        content["address"] = consent.email
        content["live"] = "/console/consents/\(id)"
        content["facts"] = Self.facts(consent)
        content["mayRevoke"] = isOpen && visit.may(.campaignsWrite)
        content["problem"] = refusal?.message
        content["problemCode"] = refusal?.code
        content["done"] = refusal == nil ? visit.doneWords : nil
        return try visit.show(.consent, title: "Consent of \(consent.email)", content, status: refusal?.status ?? .ok)
    }

    /// The content of the template `consentState`.
    static func state(of consent: Consent, at now: Date) -> [String: Any] {
        var content: [String: Any] = [
            "state": consent.badge(at: now).content, "stateWords": consent.words(at: now),
        ]
        content["campaignID"] = consent.campaignID ?? consent.reconnects
        return content
    }

    private static func facts(_ consent: Consent) -> [[String: Any]] {
        let all = [
            ("Permission level", consent.level.label), ("Attempts", String(consent.attempts)),
            ("Last outcome", consent.outcomeCode ?? ""), ("Owner", consent.ownerEmail ?? ""),
            ("Tags", consent.tags.joined(separator: ", ")), ("Created", ConsoleTime.text(consent.createdAt)),
            ("Expires", ConsoleTime.text(consent.expiresAt)), ("Consent id", String(consent.id)),
        ]
        return all.filter { !$0.1.isEmpty }.map { ["name": $0.0, "value": $0.1] }
    }
}
