import Foundation

/// `GET|POST /{tenant}/oauth2/v2.0/authorize`.
///
/// The same URL serves every step: the sign-in page until an account is chosen, then the consent page until a decision is
/// made. A script adds `simulator_decision` to get the redirect at once.
extension SimulatorState {
    mutating func authorize(_ exchange: Exchange, tenant segment: String) -> Reply {
        let fields = exchange.parameters
        let tenant: TenantSegment
        let client: AuthorizeClient
        // Never redirect to an unknown client or an unregistered URI.
        do throws(IdentityFailure) {
            tenant = try self.tenant(named: segment)
            client = try trustedClient(fields, tenant: segment)
        } catch {
            return failurePage(error, exchange)
        }
        do throws(IdentityFailure) {
            let request = try AuthorizeRequest(fields, for: client.application)
            let step = Step(exchange: exchange, fields: fields, tenant: tenant, client: client, request: request)
            return try proceed(step)
        } catch {
            return redirect(refusal: error, to: client, exchange)
        }
    }

    /// One validated request to the endpoint.
    struct Step: Sendable {
        let exchange: Exchange
        let fields: FormFields
        let tenant: TenantSegment
        let client: AuthorizeClient
        let request: AuthorizeRequest

        var decision: String? { fields["simulator_decision"] }

        /// The request, as hidden fields for the next page's form.
        var hidden: FormFields {
            FormFields(fields.pairs.filter { !$0.name.hasPrefix("simulator_") }.map { ($0.name, $0.value) })
        }
    }

    func trustedClient(_ fields: FormFields, tenant: String) throws(IdentityFailure) -> AuthorizeClient {
        guard let clientID = fields["client_id"] else { throw IdentityFailure(900144, "client_id") }
        guard let application = application(clientID) else { throw IdentityFailure(700016, clientID, tenant) }
        let redirectURI: String
        if let stated = fields["redirect_uri"] {
            guard application.accepts(redirectURI: stated) else { throw IdentityFailure(50011, stated, clientID) }
            redirectURI = stated
        } else if application.redirectURIs.count == 1 {
            // The real service falls back to a registered URI; with several, the choice is undefined.
            redirectURI = application.redirectURIs[0]
        } else {
            throw IdentityFailure(900971)
        }
        return AuthorizeClient(
            application: application,
            redirectURI: redirectURI,
            responseMode: fields["response_mode"].flatMap { .init(rawValue: $0) } ?? .query,
            state: fields["state"]
        )
    }

    private mutating func proceed(_ step: Step) throws(IdentityFailure) -> Reply {
        if let decision = step.decision, decision != "accept", decision != "request_approval" {
            return try refuse(step, decision: decision)
        }
        if step.request.prompt == .some(.none), step.decision == nil { return try silently(step) }

        // The picker lets a person choose any account; a script without a choice gets the hinted one.
        let showsPicker = step.request.prompt == .selectAccount && step.decision == nil
        let hinted = showsPicker ? nil : step.request.loginHint
        guard let address = step.fields["simulator_account"] ?? (step.decision == nil ? nil : hinted) else {
            let known = showsPicker ? directory.signedInAccounts(limit: 20).map(\.address) : []
            return pages.signIn(step, address: hinted, accounts: known)
        }
        let account: Account
        do throws(IdentityFailure) {
            account = try signIn(address, step)
        } catch {
            // These errors never return to the application: the person is left at Microsoft.
            return failurePage(error, step.exchange)
        }
        // Shared mailboxes do not exist for personal accounts.
        if account.kind == .personal,
            let shared = step.request.scopes.permissions.first(where: { $0.description?.workOnly == true })
        {
            throw IdentityFailure(70011, shared.asked)
        }
        let need = consentNeed(of: account, step)
        switch need {
        case .administrator where step.decision == "accept":
            // The approval page has no button to accept; its way out is a cancellation.
            return redirect(cancelledTo: step.client)
        case .administrator(let workflow):
            return pages.approval(step, account: account, canRequest: workflow, isRequested: step.decision != nil)
        case .none where step.request.prompt != .consent || step.decision != nil,
            .user where step.decision != nil:
            return finish(step, account: account)
        case .none, .user:
            return pages.consent(step, account: account)
        }
    }

    /// `prompt=none` shows no pages; whatever would need one is returned as an error.
    private mutating func silently(_ step: Step) throws(IdentityFailure) -> Reply {
        guard let address = step.fields["simulator_account"] ?? step.request.loginHint,
            let known = directory.account(signingInAs: address, under: step.tenant), known.hasSignedIn
        else { throw IdentityFailure(50058) }
        let account: Account
        do throws(IdentityFailure) {
            account = try signIn(known.address, step)
            try checkSilentSignIn(account, application: step.client.application)
        } catch {
            throw error.reported(as: "interaction_required")
        }
        switch consentNeed(of: account, step) {
        case .none:
            return finish(step, account: account)
        case .user:
            throw IdentityFailure(65001, step.client.application.clientID, step.client.application.name)
                .reported(as: "consent_required")
        case .administrator(let workflow):
            throw workflow ? IdentityFailure(90095) : IdentityFailure(90094)
        }
    }

    private mutating func signIn(_ address: String, _ step: Step) throws(IdentityFailure) -> Account {
        let account = try accountSigningIn(as: address.trimmingCharacters(in: .whitespaces), under: step.tenant)
        // The account behind a shared mailbox is disabled.
        if account.isShared { throw IdentityFailure(50057) }
        try checkSignIn(account, application: step.client.application)
        if let organization = directory.organization(account.id.tenantID), organization.assignmentRequired,
            !account.isAssigned
        {
            throw IdentityFailure(50105, step.client.application.name)
        }
        directory.update(account.id) { $0.hasSignedIn = true }
        return account
    }

    /// Records the consent and redirects back with a code.
    private mutating func finish(_ step: Step, account: Account) -> Reply {
        let application = step.client.application
        consent(to: step.request.scopes, of: application.clientID, by: account.id)
        let code = issueCode(
            AuthorizationCode(
                clientID: application.clientID,
                redirectURI: step.client.redirectURI,
                account: account.id,
                tenant: step.tenant,
                scopes: step.request.scopes,
                nonce: step.request.nonce,
                challenge: step.request.challenge,
                issuedAt: now
            )
        )
        var answer = FormFields([("code", code)])
        if step.request.wantsClientInfo { answer.append("client_info", account.clientInfo) }
        if let state = step.client.state { answer.append("state", state) }
        // Optional for personal accounts.
        if account.kind == .work { answer.append("session_state", random.guid()) }
        return redirect(answer, to: step.client)
    }
}
