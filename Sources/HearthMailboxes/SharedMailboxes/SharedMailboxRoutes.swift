import HTTPTypes
import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// Routes for shared mailboxes.
struct SharedMailboxRoutes {
    let connections: Connections

    private var dependencies: Dependencies { connections.dependencies }
    private var store: SharedMailboxStore { SharedMailboxStore(database: dependencies.database) }

    /// Adds a shared mailbox. An existing one is verified again, and may get another delegate.
    func add(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        try context.identity.require(.msGraph)
        let body = try await ParsedBody.read(request, context: context)
        var fields = Fields(body)
        let wanted = fields.address("address", required: true)
        let delegate = fields.integer("mailbox_id", or: "mailboxId", required: true, in: 1...9_007_199_254_740_991)
        if wanted?.domain.isMicrosoftConsumer == true {
            fields.problem("address", "is a personal address: only organisations share mailboxes")
        }
        try fields.validated()
        // `validated` has thrown if one is missing.
        guard let address = wanted, let delegate else { throw APIError.validation([]) }
        return try await write.once(body) { call in
            let grant = try await AddSharedMailbox(connections).prove(
                address, through: Int64(delegate), of: context.tenantID)
            let id = try await dependencies.ids.next()
            let now = dependencies.now()
            let answer = try await dependencies.database.transaction { transaction in
                let stored = try SharedMailboxStore.connect(
                    address, through: grant, id: id, at: now, in: &transaction)
                guard let (mailbox, isNews) = stored else { throw APIError.connectionTemporarilyUnavailable }
                if isNews {
                    Outbox.append(
                        OutboxEvent(.connected, of: mailbox, problem: nil, at: now), tenant: context.tenantID,
                        in: &transaction)
                }
                let answer = Envelope.prepared(
                    code: "SHARED_MAILBOX_CONNECTED",
                    message: "The delegate has access; the shared mailbox is connected.",
                    status: .created
                ) { mailbox.write(to: &$0) }
                return try call.record(answer, subject: "shared-mailbox:\(mailbox.id)", in: &transaction)
            }
            dependencies.work.eventCommitted()
            return answer
        }
    }

    func list(_ request: Request, context: TenantContext) async throws -> Response {
        var fields = try Fields(query: request.uri.query)
        let page = PageRequest(of: .sharedMailboxes, &fields) ?? PageRequest(firstOf: .sharedMailboxes)
        let delegate = fields.integer("mailbox_id", in: 1...9_007_199_254_740_991)
        try fields.validated()
        return try await store.list(page, delegate: delegate.map(Int64.init), of: context.tenantID).response(
            to: request, code: "SHARED_MAILBOXES_FETCHED", message: "Shared mailboxes fetched"
        ) { $0.write(to: &$1) }
    }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        guard let mailbox = try await store.find(try id(context), of: context.tenantID) else {
            throw APIError.sharedMailboxNotFound
        }
        return Envelope.response(code: "SHARED_MAILBOX_FETCHED", message: "Shared mailbox fetched") {
            mailbox.write(to: &$0)
        }
    }

    func remove(_ request: Request, context: TenantContext, write: PartnerWrite) async throws -> RecordedResponse {
        let id = try id(context)
        return try await write.once { call in
            let now = dependencies.now()
            let answer = try await dependencies.database.transaction { transaction in
                guard let mailbox = try SharedMailboxStore.remove(id, of: context.tenantID, in: &transaction) else {
                    throw APIError.sharedMailboxNotFound
                }
                if mailbox.status == .connected {
                    Outbox.append(
                        OutboxEvent(.disconnected, of: mailbox, problem: nil, at: now), tenant: context.tenantID,
                        in: &transaction)
                }
                let answer = Envelope.prepared(
                    code: "SHARED_MAILBOX_REMOVED", message: "Shared mailbox removed. Its delegate stays connected."
                ) { json in json.object { $0.member("id", mailbox.id) } }
                return try call.record(answer, in: &transaction)
            }
            dependencies.work.eventCommitted()
            return answer
        }
    }

    private func id(_ context: TenantContext) throws(APIError) -> Int64 {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }), id > 0 else {
            throw .sharedMailboxNotFound
        }
        return id
    }
}
