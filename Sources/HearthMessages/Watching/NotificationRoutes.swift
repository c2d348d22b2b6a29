import Crypto
import Foundation
import HTTPTypes
package import HearthCore
import HearthRules
package import HearthWeb
package import Hummingbird
import Logging
import NIOCore
import Postgres
import StrictJSON

/// The two addresses that Microsoft calls: for changes, and for the life of the subscriptions.
///
/// What it sends is stored before it is answered, so that a crash afterwards loses nothing. Items with a wrong secret are
/// dropped without a word; the rest of their batch is kept. Source: "Receive change notifications through webhooks" at
/// Microsoft Learn.
package struct NotificationRoutes: Sendable {
    private let dependencies: Dependencies

    /// The longest validation token that is echoed.
    private static let longestToken = 1_024
    /// The most items of one request. Microsoft sends far fewer.
    private static let mostItems = 10_000

    package init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
    }

    package func add(to router: Router<AppContext>) {
        let group = router.group().add(middleware: RefuseWhileQuarantined(dependencies))
        for path in [NotificationURLs.changesPath, NotificationURLs.lifecyclePath] {
            group.post(RouterPath(path), use: receive)
        }
    }

    @Sendable private func receive(_ request: Request, context: AppContext) async throws -> Response {
        if let token = try Self.validationToken(request) { return Self.echo(token) }
        let body = try await ParsedBody.read(request, context: context)
        let items = body.object["value"]?.asArray ?? []
        guard items.count <= Self.mostItems else { return Response(status: .contentTooLarge) }
        let notifications = items.compactMap(\.asObject).compactMap(ChangeNotification.init)
        let stored = try await store(notifications)
        dependencies.meters.notifications(stored: stored, dropped: items.count - stored)
        if stored > 0 { dependencies.work.watchDue() }
        return Response(status: .accepted)
    }

    /// Stores the notifications of all tenants in one round trip and one commit: anybody may call this, and must not be able to
    /// make the service wait for the database once for each item.
    ///
    /// - Returns: how many were stored.
    private func store(_ items: [ChangeNotification]) async throws -> Int {
        guard !items.isEmpty else { return 0 }
        var statements: [SQL] = []
        // In the order in which all transactions lock.
        for (tenant, ofTenant) in Dictionary(grouping: items, by: \.tenantID).sorted(by: { $0.key < $1.key }) {
            var ids: [Int64] = []
            for _ in ofTenant { ids.append(try await dependencies.ids.next()) }
            statements.append(WatchTable.store(ofTenant, ids: ids, of: tenant, at: dependencies.now()))
        }
        return try await dependencies.database.transaction { [statements] transaction in
            try transaction.query(all: statements).reduce(0) { try $0 + ($1.scalar("stored") ?? 0) }
        }
    }

    // MARK: Handshake

    /// The token that Microsoft wants echoed, decoded once: `+` is a space.
    private static func validationToken(_ request: Request) throws -> String? {
        var fields = try Fields(query: request.uri.query)
        guard let found = fields.find("validationToken", or: [], required: false) else { return nil }
        guard let token = found.value.asString, token.utf8.count <= longestToken else {
            throw APIError.validation([
                FieldProblem(field: "validationToken", message: "must be a string of at most \(longestToken) bytes")
            ])
        }
        return token
    }

    /// As plain text that no browser interprets, because anybody may call this.
    private static func echo(_ token: String) -> Response {
        var headers: HTTPFields = [:]
        headers[.contentType] = "text/plain; charset=utf-8"
        headers[.xContentTypeOptions] = "nosniff"
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: token)))
    }
}

extension ChangeNotification {
    /// - Returns: nil if the item is not one that a subscription of Hearth can have caused.
    init?(_ json: JSONObject) {
        guard let state = json["clientState"]?.asString, state.utf8.count <= 128 else { return nil }
        let parts = state.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let tenant = Int64(parts[0]), tenant > 0, let mailbox = Int64(parts[1]), mailbox > 0
        else { return nil }
        let digest = NotificationSecret.hash(String(parts[2]))
        self.init(
            tenantID: tenant, mailboxID: mailbox, secretHash: digest.map { String(format: "%02x", $0) }.joined(),
            graphID: Self.messageID(json), lifecycle: json["lifecycleEvent"]?.asString.flatMap(Lifecycle.init))
    }

    private static func messageID(_ json: JSONObject) -> String? {
        json["resourceData"]?.asObject?["id"]?.asString.flatMap {
            $0.utf8.count <= 512 && !$0.utf8.contains(0) ? $0 : nil
        }
    }
}
