package import HearthCore
package import HearthMailboxes
package import HearthWeb
package import Hummingbird

/// Adds the routes for connecting mailboxes: links, invitations, admin consents, the embeddable form, and the pages shown
/// to owners.
package struct OnboardingAPI: PartnerFeature {
    private let dependencies: Dependencies
    private let callback: CallbackRoutes
    private let adminCallback: AdminCallbackRoutes
    private let invitationPages: InvitationPageRoutes
    private let forms: EmbedPages

    /// - Throws: if a template does not parse.
    package init(_ connections: Connections) throws {
        dependencies = connections.dependencies
        callback = try CallbackRoutes(connections)
        adminCallback = try AdminCallbackRoutes(dependencies)
        invitationPages = try InvitationPageRoutes(dependencies)
        forms = try EmbedPages(dependencies)
    }

    package func addRoutes(to partners: PartnerRoutes) {
        let connect = ConnectRoutes(dependencies: dependencies)
        let consents = ConsentRoutes(
            store: ConsentStore(database: dependencies.database, keyRing: dependencies.keyRing), now: dependencies.now)
        let reading = partners.reading(.campaignsRead)
        reading.get("consents", use: consents.list)
        reading.get("consents/:id", use: consents.get)
        let writing = partners.writing(.campaignsWrite)
        writing.post("campaigns/ms-graph", use: connect.create)
        writing.post("campaigns/microsoft", use: connect.create)
        writing.post("campaigns/ms-graph/batch", use: BatchRoutes(dependencies: dependencies).create)
        for provider in UnsupportedProvider.allCases {
            writing.post(RouterPath("campaigns/\(provider.rawValue)"), use: provider.refuse)
        }
        writing.post("mailboxes/:id/reconnect", use: ReconnectRoutes(dependencies).create)
        writing.get("embed/form/secure", use: EmbedRoutes(dependencies: dependencies).create)
        writing.delete("consents/:id", use: consents.revoke)
        addAdminConsents(to: reading, writing)
        addInvitations(to: reading, writing)
    }

    private func addAdminConsents(
        to reading: RouterGroup<TenantContext>, _ writing: PartnerWrites
    ) {
        let routes = AdminConsentRoutes(dependencies: dependencies)
        reading.get("admin-consents", use: routes.list)
        reading.get("admin-consents/:id", use: routes.get)
        writing.post("admin-consents", use: routes.create)
        writing.delete("admin-consents/:id", use: routes.revoke)
    }

    private func addInvitations(
        to reading: RouterGroup<TenantContext>, _ writing: PartnerWrites
    ) {
        let routes = InvitationRoutes(dependencies: dependencies)
        reading.get("invitations", use: routes.list)
        reading.get("invitations/:id", use: routes.get)
        writing.post("invitations", use: routes.create)
        writing.post("invitations/:id/resend", use: routes.resend)
        writing.delete("invitations/:id", use: routes.revoke)
    }

    /// Adds the pages for mailbox owners. The callbacks count as writes although they are GET, because they store the result;
    /// showing the form does because it could not be submitted in quarantine.
    package func addPages(to router: Router<AppContext>, errors: RenderErrors) {
        router.get("logos/:name", use: LogoRoutes(store: callback.logos).get)
        let reads = router.group().add(middleware: ShowErrorsAsPages(errors: errors, page: callback.unavailable))
        let writes = reads.group().add(middleware: RefuseWhileQuarantined(dependencies))
        writes.get("oauth/microsoft/callback", use: callback.callback)
        reads.get("oauth/microsoft/result/:token", use: callback.result)
        writes.get("oauth/microsoft/admin-callback", use: adminCallback.callback)
        reads.get("oauth/microsoft/admin-result/:token", use: adminCallback.result)
        writes.get("embed/form/:tenant", use: forms.show)
        writes.post("embed/form/:tenant", use: forms.submit)
        reads.get("invitations/:token", use: invitationPages.show)
        writes.post("invitations/:token", use: invitationPages.open)
    }
}
