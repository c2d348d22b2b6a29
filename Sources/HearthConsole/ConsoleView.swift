/// The templates of the console, one file each, compiled into the executable.
enum ConsoleView: String, Sendable, CaseIterable {
    case layout, badge, fields, consentState, invitationState, warnings
    case signIn, organisation, signedIn, error
    case campaigns, campaign
    case connect, link
    case consents, consent
    case mailboxes, mailbox, sharedMailboxes
    case invitations, invitation, invite, invitationLink
    case keys, keyCreated
    case webhooks, webhook, webhookSecret, deliveries
    case account, audit
    case operatorSignIn, operatorTenants, operatorTenant

    var template: [UInt8] {
        switch self {
        case .layout: PackageResources.layout_mustache
        case .badge: PackageResources.badge_mustache
        case .fields: PackageResources.fields_mustache
        case .invitationState: PackageResources.invitation_state_mustache
        case .consentState: PackageResources.consent_state_mustache
        case .warnings: PackageResources.warnings_mustache
        case .signIn: PackageResources.sign_in_mustache
        case .organisation: PackageResources.organisation_mustache
        case .signedIn: PackageResources.signed_in_mustache
        case .error: PackageResources.error_mustache
        case .campaigns: PackageResources.campaigns_mustache
        case .campaign: PackageResources.campaign_mustache
        case .connect: PackageResources.connect_mustache
        case .link: PackageResources.link_mustache
        case .consents: PackageResources.consents_mustache
        case .consent: PackageResources.consent_mustache
        case .mailboxes: PackageResources.mailboxes_mustache
        case .mailbox: PackageResources.mailbox_mustache
        case .sharedMailboxes: PackageResources.shared_mailboxes_mustache
        case .invitations: PackageResources.invitations_mustache
        case .invitation: PackageResources.invitation_mustache
        case .invite: PackageResources.invite_mustache
        case .invitationLink: PackageResources.invitation_link_mustache
        case .keys: PackageResources.keys_mustache
        case .keyCreated: PackageResources.key_created_mustache
        case .webhooks: PackageResources.webhooks_mustache
        case .webhook: PackageResources.webhook_mustache
        case .webhookSecret: PackageResources.webhook_secret_mustache
        case .deliveries: PackageResources.deliveries_mustache
        case .account: PackageResources.account_mustache
        case .audit: PackageResources.audit_mustache
        case .operatorSignIn: PackageResources.operator_sign_in_mustache
        case .operatorTenants: PackageResources.operator_tenants_mustache
        case .operatorTenant: PackageResources.operator_tenant_mustache
        }
    }
}
