import Foundation

/// Redirects back to the application.
extension SimulatorState {
    func redirect(_ answer: FormFields, to client: AuthorizeClient) -> Reply {
        switch client.responseMode {
        case .query:
            let mark = client.redirectURI.contains("?") ? "&" : "?"
            let end = behaviours.strayFragment ? "#" : ""
            return .redirect(to: client.redirectURI + mark + answer.encoded + end)
        case .fragment:
            return .redirect(to: client.redirectURI + "#" + answer.encoded)
        case .formPost:
            return pages.formPost(to: client.redirectURI, fields: answer)
        }
    }

    mutating func redirect(refusal: IdentityFailure, to client: AuthorizeClient, _ exchange: Exchange) -> Reply {
        let trace = newTrace(exchange)
        var answer = FormFields([
            ("error", refusal.error), ("error_description", describe(refusal, trace)),
        ])
        if let code = refusal.code { answer.append("error_uri", Self.errorURI(code)) }
        if let state = client.state { answer.append("state", state) }
        return redirect(answer, to: client)
    }

    /// A cancellation, which has no description.
    func redirect(cancelledTo client: AuthorizeClient) -> Reply {
        var answer = FormFields([("error", "access_denied"), ("error_subcode", "cancel")])
        if let state = client.state { answer.append("state", state) }
        return redirect(answer, to: client)
    }

    /// The decisions of a script other than `accept`.
    mutating func refuse(_ step: Step, decision: String) throws(IdentityFailure) -> Reply {
        switch decision {
        case "decline": throw IdentityFailure(65004)
        case "cancel": return redirect(cancelledTo: step.client)
        case "admin_required": throw IdentityFailure(90094)
        case "admin_workflow": throw IdentityFailure(90095)
        case "not_assigned": throw IdentityFailure(50105, step.client.application.name)
        case "wrong_tenant": throw IdentityFailure(50020, step.request.loginHint ?? "")
        case "conditional_access": throw IdentityFailure(53003).reported(as: "access_denied")
        case "login_required": throw IdentityFailure(50058)
        case "interaction_required": throw IdentityFailure(50076)
        case "consent_required":
            let application = step.client.application
            throw IdentityFailure(65001, application.clientID, application.name).reported(as: "consent_required")
        case "invalid_scope": throw IdentityFailure(70011, step.fields["scope"] ?? "")
        case "server_error": throw IdentityFailure(90090)
        case "temporarily_unavailable": throw IdentityFailure(90033)
        case "unauthorized_client":
            throw IdentityFailure(700016, step.client.application.clientID, step.tenant.spelling)
        // Ends on a page of Microsoft's; nothing is returned to the application.
        case "stuck": return failurePage(IdentityFailure(53003), step.exchange)
        case "error":
            let code = step.fields["simulator_code"].flatMap(Int.init)
            let failure = code.map { IdentityFailure($0) }
            let error = step.fields["simulator_error"] ?? failure?.error ?? "server_error"
            throw failure?.reported(as: error) ?? IdentityFailure(error: error, code: nil, text: "The request failed.")
        default:
            return .html(
                pages.message(
                    title: "Unknown decision",
                    text: "simulator_decision=\(decision) is not one of accept, decline, cancel, admin_required, "
                        + "admin_workflow, not_assigned, wrong_tenant, conditional_access, login_required, "
                        + "interaction_required, consent_required, invalid_scope, server_error, "
                        + "temporarily_unavailable, unauthorized_client, stuck, error."
                ),
                status: 400
            )
        }
    }
}
