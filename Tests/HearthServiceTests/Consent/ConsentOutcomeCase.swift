import HTTPTypes
import HearthMailboxes
import HearthOnboarding
import HearthTesting
import MicrosoftSimulator
import StrictJSON
import Testing

/// One way in which an owner's return from Microsoft does not connect the mailbox.
struct ConsentOutcomeCase: Sendable, CustomTestStringConvertible {
    let outcome: ConsentOutcome
    /// The title of the page that the owner sees.
    let title: OwnerPhrase
    /// What is done at Microsoft before; undone by ``clear``.
    var cause = Cause.nothing
    var email = "ann@corp.example"
    /// Further members of the request for the link.
    var members = ""
    var decision = "accept"
    /// With which the owner signs in; nil for the address of the link.
    var account: String?
    /// Whether the same link connects once the cause is gone.
    var isCured = true

    enum Cause: Sendable {
        case nothing
        /// Token answers are incomplete or hostile.
        case token(TokenShape.Kind)
        /// A call is answered so.
        case fault(Operation, status: Int? = nil, error: String? = nil, body: Fault.Body? = nil)
        /// Such an account is there.
        case account(AccountOptions)
        /// The tenant has connected the addresses before; then the accounts are made so.
        case connected([String], AccountOptions)
        /// An administrator has approved the application a moment ago.
        case approval
    }

    var testDescription: String {
        var words = [outcome.code.rawValue]
        switch cause {
        case .token(let kind): words.append(kind.rawValue)
        case .fault(let operation, let status, let error, let body):
            words += [operation.rawValue, status.map(String.init), error, body?.rawValue].compactMap { $0 }
        default: if decision != "accept" { words.append(decision) }
        }
        return words.joined(separator: " ")
    }

    func prepare(_ service: TestService, _ partner: TestPartner) async throws {
        let microsoft = service.microsoft
        switch cause {
        case .nothing: break
        case .token(let kind): microsoft.shapeTokens(TokenShape([kind], times: nil))
        case .fault(let operation, let status, let error, let body):
            var fault = Fault()
            (fault.operation, fault.status, fault.error, fault.body) = (operation, status, error, body)
            microsoft.addFault(fault)
        case .account(let options): microsoft.addAccount(options)
        case .connected(let addresses, let options):
            for address in addresses { _ = try await partner.connect(address) }
            microsoft.addAccount(options)
        case .approval:
            microsoft.addOrganization(OrganizationOptions(domain: "corp.example"))
            let made = try await partner.call(.post, "/admin-consents", #"{"domain":"corp.example"}"#)
            let url = try #require(made.data?["url"]?.asString)
            let page = try await service.follow(url, account: "boss@corp.example")
            try #require(page.text.contains(OwnerPhrase.approvedTitle.english), "\(page.text)")
        }
    }

    func clear(_ service: TestService) {
        service.microsoft.clearFaults()
        service.microsoft.clearTokenShapes()
    }
}

extension ConsentOutcomeCase {
    static let all = redirects + tokens + refusals + identities

    /// Microsoft leads the owner back with an error.
    private static let redirects: [Self] = [
        .init(outcome: .declined, title: .declinedTitle, decision: "decline"),
        .init(outcome: .declined, title: .declinedTitle, decision: "cancel"),
        .init(outcome: .declined, title: .declinedTitle, decision: "login_required"),
        .init(outcome: .declined, title: .declinedTitle, decision: "interaction_required"),
        .init(outcome: .adminRequired, title: .adminTitle, decision: "admin_required"),
        .init(outcome: .adminRequired, title: .adminTitle, decision: "admin_workflow"),
        .init(outcome: .adminRequired, title: .adminTitle, decision: "not_assigned"),
        .init(outcome: .adminRequired, title: .adminTitle, decision: "conditional_access"),
        .init(outcome: .adminRequired, title: .adminTitle, decision: "consent_required"),
        .init(outcome: .adminApprovalPending, title: .pendingTitle, cause: .approval, decision: "admin_required"),
        .init(outcome: .adminApprovalPending, title: .pendingTitle, cause: .approval, decision: "cancel"),
        .init(outcome: .failed(.temporaryFault), title: .failedTitle, decision: "server_error"),
        .init(outcome: .failed(.temporaryFault), title: .failedTitle, decision: "temporarily_unavailable"),
        .init(outcome: .failed(.applicationFault), title: .failedTitle, decision: "invalid_scope"),
        .init(outcome: .failed(.applicationFault), title: .failedTitle, decision: "unauthorized_client"),
        .init(
            outcome: .failed(.sharedNotForPersonal), title: .sharedPersonalTitle,
            members: #""shared_mailboxes":true"#, decision: "invalid_scope"),
    ]

    /// Microsoft redeems the code, and what it gives is not what it has to be.
    private static let tokens: [Self] =
        [
            TokenShape.Kind.wrongSignature, .algorithmNone, .algorithmHS256, .unknownKey, .missingKey, .wrongAudience,
            .wrongIssuer, .wrongTenant, .wrongNonce, .missingNonce, .wrongVersion, .expired, .notYetValid, .otherObject,
            .missingObject, .missingIDToken, .garbageIDToken,
        ].map { .init(outcome: .failed(.idTokenInvalid), title: .failedTitle, cause: .token($0)) }
        + [TokenShape.Kind.missingRefreshToken, .emptyRefreshToken, .blankRefreshToken].map {
            .init(outcome: .refreshTokenMissing, title: .scopeTitle, cause: .token($0))
        }
        + [.init(outcome: .scopeMissing, title: .scopeTitle, cause: .token(.missingScopes))]

    /// Microsoft refuses the code, or Graph refuses the token.
    private static let refusals: [Self] =
        ["54005", "501481", "700005", "70008"].map {
            .init(outcome: .failed(.codeRefused), title: .failedTitle, cause: .fault(.token, error: $0))
        }
        + ["50076", "50053"].map {
            .init(outcome: .failed(.signInRequired), title: .failedTitle, cause: .fault(.token, error: $0))
        }
        + ["50057", "51004"].map {
            .init(outcome: .failed(.accountDisabled), title: .accountDisabledTitle, cause: .fault(.token, error: $0))
        }
        + ["7000215", "7000222", "900144", "50194"].map {
            .init(outcome: .failed(.applicationFault), title: .failedTitle, cause: .fault(.token, error: $0))
        }
        + ["53003", "7000112", "650052", "50105"].map {
            .init(outcome: .adminRequired, title: .adminTitle, cause: .fault(.token, error: $0))
        }
        + [Operation.token, .me, .messages].flatMap { operation in
            [
                Cause.fault(operation, status: 429), .fault(operation, status: 503, body: .html),
                .fault(operation, body: .garbage), .fault(operation, body: .close),
            ].map { .init(outcome: .failed(.temporaryFault), title: .failedTitle, cause: $0) }
        }
        + [Operation.me, .messages].flatMap { operation in
            [
                Self(
                    outcome: .failed(.tokenRefused), title: .failedTitle,
                    cause: .fault(operation, status: 401, error: "InvalidAuthenticationToken")),
                Self(
                    outcome: .failed(.accountDisabled), title: .accountDisabledTitle,
                    cause: .fault(operation, status: 403, error: "ErrorAccountSuspend")),
                Self(
                    outcome: .scopeMissing, title: .scopeTitle,
                    cause: .fault(operation, status: 403, error: "ErrorAccessDenied")),
                Self(
                    outcome: .failed(.mailboxNotInCloud), title: .notInCloudTitle,
                    cause: .fault(operation, status: 404, error: "MailboxNotEnabledForRESTAPI")),
            ]
        }

    /// Everything is in order, and it is not the mailbox that was asked for.
    private static let identities: [Self] = [
        .init(outcome: .mismatched, title: .mismatchTitle, account: "bob@corp.example"),
        .init(outcome: .mismatched, title: .mismatchTitle, account: "ann@elsewhere.example"),
        .init(outcome: .mismatched, title: .mismatchTitle, account: "ann@outlook.com"),
        .init(
            outcome: .failed(.guestAccount), title: .guestTitle,
            cause: .account(
                options("guest@elsewhere.example") { ($0.guest, $0.organization) = (true, "host.example") }),
            email: "guest@elsewhere.example", isCured: false),
        .init(
            outcome: .failed(.mailboxNotFound), title: .noMailboxTitle,
            cause: .account(options("ann@corp.example") { $0.mailbox = .none }), isCured: false),
        // Anybody's administrator may write any address into an account.
        .init(
            outcome: .failed(.addressHeld), title: .addressHeldTitle,
            cause: .connected(["ann@corp.example"], options("mallory@evil.example") { $0.mail = "ann@corp.example" }),
            account: "mallory@evil.example"),
        .init(
            outcome: .failed(.addressHeld), title: .addressHeldTitle,
            cause: .connected(
                ["ann@corp.example", "bob@corp.example"], options("bob@corp.example") { $0.mail = "ann@corp.example" }),
            account: "bob@corp.example"),
    ]

    private static func options(_ address: String, _ change: (inout AccountOptions) -> Void) -> AccountOptions {
        var options = AccountOptions(address: address)
        change(&options)
        return options
    }
}
