import HTTPTypes

/// The endpoint that a path belongs to. Segments are matched in any letter case.
enum Route: Sendable, Equatable {
    case discovery(tenant: String)
    case keys(tenant: String)
    case instanceDiscovery
    case authorize(tenant: String)
    case token(tenant: String)
    case adminConsent(tenant: String)
    case graph(Operation)
    /// The address of an upload session, which needs no token.
    case upload
    case control
    case unknown

    init(_ exchange: Exchange) {
        let segments = exchange.segments.map { $0.lowercased() }
        let tenant = exchange.segments.first ?? ""
        switch Array(segments.dropFirst()) {
        case _ where segments.first == "simulator": self = .control
        case _ where segments.first == "upload": self = .upload
        case _ where segments.first == "v1.0" || segments.first == "beta":
            self = .graph(Self.operation(exchange))
        case ["v2.0", ".well-known", "openid-configuration"]: self = .discovery(tenant: tenant)
        case ["discovery", "v2.0", "keys"]: self = .keys(tenant: tenant)
        case ["discovery", "instance"]: self = .instanceDiscovery
        case ["oauth2", "v2.0", "authorize"]: self = .authorize(tenant: tenant)
        case ["oauth2", "v2.0", "token"]: self = .token(tenant: tenant)
        case ["v2.0", "adminconsent"]: self = .adminConsent(tenant: tenant)
        default: self = .unknown
        }
    }

    var operation: Operation {
        switch self {
        case .discovery: .discovery
        case .keys: .keys
        case .instanceDiscovery: .instance
        case .authorize: .authorize
        case .token: .token
        case .adminConsent: .adminConsent
        case .graph(let operation): operation
        case .upload: .attachments
        case .control, .unknown: .other
        }
    }

    private static func operation(_ exchange: Exchange) -> Operation {
        switch GraphPath(exchange).resource {
        case .me: .me
        case .folders, .folder: .folders
        case .messages: exchange.method == .post ? .drafts : .messages
        case .delta: .delta
        case .mime: .messages
        case .message:
            switch exchange.method {
            case .get: .messages
            case .delete: .deletion
            default: .drafts
            }
        case .action(let action, _):
            switch action {
            case .send: .send
            case .reply, .replyAll, .forward: .reply
            case .createReply, .createReplyAll, .createForward: .drafts
            case .move, .copy: .move
            case .permanentDelete: .deletion
            }
        case .sendMail: .sendMail
        case .attachments, .attachment, .attachmentBytes, .uploadSession: .attachments
        case .subscriptions, .subscription, .reauthorize: .subscriptions
        // Still Graph: it requires a token and answers in Graph's form.
        case .unknown: .me
        }
    }
}
