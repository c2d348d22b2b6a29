package import HearthRules
package import StrictJSON

/// How the owner withdraws the consent after a disconnection. We can only destroy our tokens: Microsoft has no call that
/// withdraws a consent, so the owner has to do it on one of Microsoft's pages.
package struct ConsentWithdrawal {
    package let accountType: AccountType

    package init(accountType: AccountType) {
        self.accountType = accountType
    }

    package var text: String { "Our tokens are destroyed; we can no longer use the mailbox. " + whatStays }

    /// The part of the text about the consent that remains at Microsoft.
    package var whatStays: String {
        let theirs =
            "Microsoft has no call that withdraws the owner's consent, so it lists the app as approved until it is removed there. "
        return switch accountType {
        case .personal: theirs + "The mailbox's owner can remove it at this URL."
        case .organization:
            theirs
                + "The mailbox's owner can remove it at this URL: the app, Manage your application, Revoke permissions. If an administrator approved the app for the organisation, only an administrator can remove it, under Enterprise applications."
        }
    }

    /// The page where the owner withdraws the consent.
    package var url: String {
        switch accountType {
        case .personal: "https://account.live.com/consent/Manage"
        case .organization: "https://myapps.microsoft.com"
        }
    }

    package func write(to json: inout JSONWriter) {
        json.object("consent_withdrawal") { json in
            json.member("done_at_microsoft", false)
            json.member("text", text)
            json.member("url", url)
        }
    }
}
