import Foundation

/// `GET|POST /{tenant}/v2.0/adminconsent`: an administrator consents for everybody. It returns neither code nor token.
extension SimulatorState {
    mutating func adminConsent(_ exchange: Exchange, tenant segment: String) -> Reply {
        let fields = exchange.parameters
        let tenant: TenantSegment
        let client: AuthorizeClient
        do throws(IdentityFailure) {
            tenant = try self.tenant(named: segment)
            // Personal accounts have no administrator, and `common` names no organisation.
            guard tenant != .common, tenant != .consumers else { throw IdentityFailure(90002, segment) }
            let found = try trustedClient(fields, tenant: segment)
            client = AuthorizeClient(
                application: found.application, redirectURI: found.redirectURI, responseMode: .query, state: found.state
            )
        } catch {
            return failurePage(error, exchange)
        }
        do throws(IdentityFailure) {
            guard let text = fields["scope"] else { throw IdentityFailure(900144, "scope") }
            let scopes = try Scope.list(text).flatMap { scope in
                scope.name == ".default" ? client.application.registeredScopes.compactMap { try? Scope($0) } : [scope]
            }
            guard let organization = consentingOrganization(tenant, fields) else {
                return pages.administratorSignIn(exchange, fields: fields)
            }
            switch fields["simulator_decision"] {
            case nil:
                return pages.adminConsent(
                    exchange, fields: fields, application: client.application, organization: organization,
                    scopes: scopes
                )
            case "accept":
                return grantForAll(scopes, text: text, organization: organization, client: client)
            case "error":
                throw IdentityFailure(error: fields["simulator_error"] ?? "server_error", code: nil, text: "Failed.")
            default:
                throw IdentityFailure(65004)
            }
        } catch {
            return adminConsentRefused(error, client: client, exchange)
        }
    }

    /// The tenant of the path; for `organizations`, that of the administrator's address.
    private mutating func consentingOrganization(_ tenant: TenantSegment, _ fields: FormFields) -> Organization? {
        if case .directory(let id) = tenant { return directory.organization(id) }
        let domain = (fields["simulator_account"] ?? fields["login_hint"]).flatMap(Self.domain(of:))
        return domain.map { organization(ofDomain: $0) }
    }

    private mutating func grantForAll(
        _ scopes: [Scope], text: String, organization: Organization, client: AuthorizeClient
    ) -> Reply {
        let effective = now.addingTimeInterval(TimeInterval(adminConsentDelaySeconds(in: organization.id)))
        consentForAll(to: scopes, of: client.application.clientID, in: organization.id, effective: effective)
        var answer = FormFields([("admin_consent", "True"), ("tenant", organization.id)])
        if let state = client.state { answer.append("state", state) }
        answer.append("scope", text)
        return redirect(answer, to: client)
    }

    /// As observed at Microsoft: `access_denied`, with `error_uri`, without `tenant`, with a stray `#`.
    private mutating func adminConsentRefused(
        _ failure: IdentityFailure, client: AuthorizeClient, _ exchange: Exchange
    ) -> Reply {
        let trace = newTrace(exchange)
        var answer = FormFields([
            ("error", failure.error), ("error_description", describe(failure, trace)),
            ("error_uri", Self.errorURI(failure.code ?? 65004)), ("admin_consent", "True"),
        ])
        if let state = client.state { answer.append("state", state) }
        let mark = client.redirectURI.contains("?") ? "&" : "?"
        return .redirect(to: client.redirectURI + mark + answer.encoded + "#")
    }
}
