import Foundation
import HTTPTypes

/// `/v1.0/...`: authenticates the caller and routes to the handlers.
extension SimulatorState {
    /// The bearer of a valid token.
    struct Caller: Sendable {
        let account: Account
        /// The addressed mailbox and profile; the account's own by default.
        var mailbox: Account
        /// The account's Exchange permissions on that mailbox; its own needs none.
        var permissions: Set<MailboxPermission> = []
        let scopes: Set<String>
        let clientID: String
        /// When the token expires.
        let tokenExpiresAt: Date
    }

    mutating func graph(_ exchange: Exchange) -> Reply {
        do throws(GraphFailure) {
            let caller = try caller(exchange)
            return dressed(try answer(exchange, caller: caller), exchange)
        } catch {
            return graphError(error, exchange)
        }
    }

    private mutating func answer(_ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        guard exchange.segments.first?.lowercased() == "v1.0" else {
            throw .badRequest("Invalid version: \(exchange.segments.first ?? "")")
        }
        let path = GraphPath(exchange)
        let resource = path.resource
        let caller = try self.caller(caller, at: path)
        switch (exchange.method, resource) {
        case (.get, .me):
            return try me(exchange, caller: caller)
        case (.get, .folders):
            return try folders(exchange, caller: caller)
        case (.get, .folder(let name)):
            return try folder(name, exchange, caller: caller)
        case (.get, .messages(let folder)):
            return try messages(in: folder, exchange, caller: caller)
        case (.get, .delta(let folder)):
            return try delta(of: folder, exchange, caller: caller)
        case (.get, .message(let id)):
            return try message(id, exchange, caller: caller)
        case (.get, .mime(let id)):
            return try mime(of: id, caller: caller)
        case (.post, .sendMail):
            return try sendMail(exchange, caller: caller)
        case (.post, .messages(let folder)):
            return try createDraft(in: folder, exchange, caller: caller)
        case (.patch, .message(let id)):
            return try updateMessage(id, exchange, caller: caller)
        case (.delete, .message(let id)):
            return try deleteMessage(id, isPermanent: false, caller: caller)
        case (.post, .action(let action, let id)):
            return try act(action, on: id, exchange, caller: caller)
        case (.get, .attachments(let id)):
            return try attachments(of: id, exchange, caller: caller)
        case (.post, .attachments(let id)):
            return try attach(to: id, exchange, caller: caller)
        case (.get, .attachment(let name, let id)):
            return try attachment(name, of: id, exchange, caller: caller)
        case (.delete, .attachment(let name, let id)):
            return try detach(name, from: id, caller: caller)
        case (.get, .attachmentBytes(let name, let id)):
            return try attachmentBytes(name, of: id, caller: caller)
        case (.post, .uploadSession(let id)):
            return try createUploadSession(id, exchange, caller: caller)
        case (_, .subscriptions), (_, .subscription), (_, .reauthorize):
            return try subscriptions(resource, exchange, caller: caller)
        case (_, .unknown(let segment)):
            throw .unknownSegment(segment)
        default:
            throw .methodNotAllowed
        }
    }

    private mutating func act(
        _ action: MessageAction, on id: String, _ exchange: Exchange, caller: Caller
    ) throws(GraphFailure) -> Reply {
        switch action {
        case .send: try sendDraft(id, caller: caller)
        case .reply, .replyAll, .forward: try answerMessage(id, action, exchange, caller: caller)
        case .createReply, .createReplyAll, .createForward: try draftAnswer(id, action, exchange, caller: caller)
        case .move: try moveMessage(id, isCopy: false, exchange, caller: caller)
        case .copy: try moveMessage(id, isCopy: true, exchange, caller: caller)
        case .permanentDelete: try deleteMessage(id, isPermanent: true, caller: caller)
        }
    }

    /// The owner of the token. Personal tokens are parsed as tickets, work ones as JWTs, with different error texts.
    func caller(_ exchange: Exchange) throws(GraphFailure) -> Caller {
        guard let text = exchange.bearerToken else {
            throw GraphFailure(401, "InvalidAuthenticationToken", "Access token is empty.")
        }
        guard let token = book.accessToken(presented: text), let account = directory.account(token.account) else {
            let message =
                text.contains(".") ? "Invalid x5t claim." : "CompactToken parsing failed with error code: 80049217"
            throw GraphFailure(401, "InvalidAuthenticationToken", message)
        }
        guard now < token.expiresAt else {
            throw GraphFailure(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        }
        return Caller(
            account: account, mailbox: account, scopes: token.scopes, clientID: token.clientID,
            tokenExpiresAt: token.expiresAt)
    }

    /// The account of the token, for the journal and for faults; nil if there is none.
    func accountCalling(_ exchange: Exchange) -> Account? {
        exchange.bearerToken.flatMap { book.accessToken(presented: $0) }.flatMap { directory.account($0.account) }
    }

    // MARK: Headers and errors

    /// Adds the headers that every Graph response carries.
    mutating func dressed(_ reply: Reply, _ exchange: Exchange) -> Reply {
        let requestID = random.guid()
        return dressed(reply, requestID: requestID, clientRequestID: exchange.header("client-request-id") ?? requestID)
    }

    private func dressed(_ reply: Reply, requestID: String, clientRequestID: String) -> Reply {
        reply.adding("request-id", requestID)
            .adding("client-request-id", clientRequestID)
            .adding(
                "x-ms-ags-diagnostic",
                #"{"ServerInfo":{"DataCenter":"Simulator","Slice":"E","Ring":"5","ScaleUnit":"000","RoleInstance":"S1"}}"#
            )
            .adding("OData-Version", "4.0")
            .adding("Cache-Control", "no-cache")
    }

    static let graphContentType =
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

    mutating func graphError(_ failure: GraphFailure, _ exchange: Exchange) -> Reply {
        let requestID = random.guid()
        let clientRequestID = exchange.header("client-request-id") ?? requestID
        let body: JSON = [
            "error": [
                "code": .string(failure.code),
                "message": .string(failure.message),
                "innerError": [
                    "date": .string(Timestamp.zoneless(now)),
                    "request-id": .string(requestID),
                    "client-request-id": .string(clientRequestID),
                ],
            ]
        ]
        var reply = Reply.json(body, status: failure.status, type: "application/json")
        if let location = failure.location { reply = reply.adding("Location", location) }
        if failure.status == 401 {
            reply = reply.adding(
                "WWW-Authenticate",
                "Bearer realm=\"\", authorization_uri=\"\(exchange.baseURL)/common/oauth2/authorize\", "
                    + "client_id=\"00000003-0000-0000-c000-000000000000\""
            )
        }
        return dressed(reply, requestID: requestID, clientRequestID: clientRequestID)
    }
}
