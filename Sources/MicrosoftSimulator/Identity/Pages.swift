import Foundation
import Mustache

/// Microsoft's pages: plain forms without scripts, usable by keyboard and screen reader.
struct Pages: Sendable {
    private let library: MustacheLibrary

    /// Throws if a template does not parse; a test would catch that.
    init() throws {
        var library = MustacheLibrary()
        for (name, text) in PageTemplates.all { try library.register(text, named: name) }
        self.library = library
    }

    func signIn(_ step: SimulatorState.Step, address: String?, accounts: [String]) -> Reply {
        page(
            "sign-in",
            [
                "title": accounts.isEmpty ? "Sign in" : "Pick an account",
                "application": step.client.application.name,
                "action": step.exchange.path,
                "hidden": Self.fields(step.hidden),
                "accounts": accounts,
                "hasAccounts": !accounts.isEmpty,
                "address": address ?? "",
                "canCancel": true,
            ])
    }

    func administratorSignIn(_ exchange: Exchange, fields: FormFields) -> Reply {
        page(
            "sign-in",
            [
                "title": "Sign in as an administrator",
                "application": "the organisation's applications",
                "action": exchange.path,
                "hidden": Self.fields(Self.withoutControls(fields)),
                "accounts": [String](),
                "hasAccounts": false,
                "address": "",
                "canCancel": false,
            ])
    }

    func consent(_ step: SimulatorState.Step, account: Account) -> Reply {
        page(
            "consent",
            [
                "title": "Permissions requested",
                "address": account.address,
                "application": step.client.application.name,
                "publisher": step.client.application.publisherVerified ? "Verified publisher" : "unverified",
                "scopes": step.request.scopes.compactMap(\.words),
                "where": account.kind == .personal
                    ? "https://account.live.com/consent/Manage" : "https://myapps.microsoft.com",
                "action": step.exchange.path,
                "hidden": Self.fields(step.hidden),
            ])
    }

    func approval(
        _ step: SimulatorState.Step, account: Account, canRequest: Bool, isRequested: Bool
    ) -> Reply {
        page(
            "approval",
            [
                "title": isRequested ? "Request sent" : canRequest ? "Approval required" : "Need admin approval",
                "address": account.address,
                "application": step.client.application.name,
                "scopes": step.request.scopes.permissions.compactMap(\.words),
                "canRequest": canRequest && !isRequested,
                "isRequested": isRequested,
                "action": step.exchange.path,
                "hidden": Self.fields(step.hidden),
            ])
    }

    func adminConsent(
        _ exchange: Exchange, fields: FormFields, application: RegisteredApplication, organization: Organization,
        scopes: [Scope]
    ) -> Reply {
        page(
            "admin-consent",
            [
                "title": "Permissions requested for your organisation",
                "application": application.name,
                "organization": organization.name,
                "scopes": scopes.compactMap(\.words),
                "action": exchange.path,
                "account": fields["simulator_account"] ?? "",
                "hidden": Self.fields(Self.withoutControls(fields)),
            ])
    }

    func formPost(to address: String, fields: FormFields) -> Reply {
        page("form-post", ["title": "Working...", "action": address, "hidden": Self.fields(fields)])
    }

    func failure(_ failure: IdentityFailure, _ trace: SimulatorState.Trace) -> String {
        library.render(
            [
                "title": "Sorry, but we're having trouble signing you in.",
                "text": failure.description,
                "details": [
                    "Request Id: \(trace.traceID)", "Correlation Id: \(trace.correlationID)",
                    "Timestamp: \(trace.timestamp)",
                ],
            ] as [String: any Sendable],
            withTemplate: "message"
        ) ?? failure.description
    }

    func message(title: String, text: String) -> String {
        library.render(["title": title, "text": text], withTemplate: "message") ?? text
    }

    private func page(_ template: String, _ values: [String: any Sendable]) -> Reply {
        .html(library.render(values, withTemplate: template) ?? template)
    }

    private static func fields(_ fields: FormFields) -> [[String: String]] {
        fields.pairs.map { ["name": $0.name, "value": $0.value] }
    }

    private static func withoutControls(_ fields: FormFields) -> FormFields {
        FormFields(fields.pairs.filter { !$0.name.hasPrefix("simulator_") }.map { ($0.name, $0.value) })
    }
}
