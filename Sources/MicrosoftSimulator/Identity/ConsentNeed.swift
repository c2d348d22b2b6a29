/// Whose consent is needed before a code can be issued.
enum ConsentNeed: Equatable, Sendable {
    case none
    case user
    /// `workflow`: the page lets the person request approval.
    case administrator(workflow: Bool)
}

extension SimulatorState {
    /// The consent that the tenant's policy requires for scopes without a consent.
    func consentNeed(of account: Account, _ step: Step) -> ConsentNeed {
        let application = step.client.application
        let granted = consented(to: application.clientID, by: account.id)
        let missing = step.request.scopes.permissions.filter { !granted.contains($0.key) }
        if missing.isEmpty {
            return isKnown(application.clientID, to: account.id) ? .none : .user
        }
        guard account.kind == .work, let organization = directory.organization(account.id.tenantID) else {
            return .user
        }
        let isLeftToUsers =
            switch organization.consentPolicy {
            case .allowAll: true
            case .microsoftManaged: !missing.contains { $0.description?.readsMail == true }
            case .verifiedOnly: application.publisherVerified
            case .disabled: false
            }
        return isLeftToUsers ? .user : .administrator(workflow: organization.adminConsentWorkflow)
    }
}
