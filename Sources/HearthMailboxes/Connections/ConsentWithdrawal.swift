package import HearthRules
package import StrictJSON

/// The truth about the end of a consent: we can only forget our tokens. Microsoft has no call that withdraws a consent,
/// so its owner does it, on a page of Microsoft's.
package struct ConsentWithdrawal {
    package let accountType: AccountType

    package init(accountType: AccountType) {
        self.accountType = accountType
    }

    package var text: String { "Our tokens are destroyed; nobody here can use the mailbox any more. " + whatStays }

    /// What a disconnection leaves at Microsoft.
    package var whatStays: String {
        let theirs =
            "Microsoft has no call by which we could withdraw the owner's consent, so it still lists the app as approved until it is removed there. "
        return switch accountType {
        case .personal: theirs + "The mailbox's owner removes it on the page of this url."
        case .organization:
            theirs
                + "The mailbox's owner removes it on the page of this url: the app, Manage your application, Revoke permissions. What an administrator has approved for the organisation only an administrator can remove, under Enterprise applications."
        }
    }

    /// Where the owner withdraws the consent.
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
