import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import StrictJSON

/// Ways of connecting that are in Mailivery's API and that Hearth does not support: passwords, and other providers.
enum UnsupportedProvider: String, CaseIterable {
    case googleOAuth = "google-oauth"
    case gmail
    case smtp
    case sendgrid

    /// Answers without reading the body, which may contain a password.
    func refuse(
        _ request: Request, context: TenantContext, write: PartnerWrite
    ) async throws -> RecordedResponse {
        throw APIError(
            .notImplemented, code: "PROVIDER_NOT_SUPPORTED",
            message:
                "Hearth connects Microsoft mailboxes only, with their owners' consent and without passwords. Use POST /api/v1/campaigns/ms-graph.",
            details: [
                ("provider", .string(rawValue)), ("supported", .array(["ms-graph", "microsoft"].map { .string($0) })),
            ])
    }
}
