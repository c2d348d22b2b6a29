import Foundation
import HTTPTypes
import HearthCore
import HearthWeb
import Hummingbird
import Postgres
import StrictJSON

/// `/console/keys`: the account's API keys.
struct KeyPages: Sendable {
    let dependencies: Dependencies

    private var store: KeyStore { KeyStore(database: dependencies.database) }

    func list(_ visit: ConsoleVisit) async throws -> Response { try await list(visit, name: "", refusal: nil) }

    func create(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        do {
            let now = dependencies.now()
            let wanted = try KeyRequest(
                ConsoleForm.filledIn(body), by: visit.identity, keyExpiresAt: visit.identity.keyExpiresAt, at: now)
            let key = APIKey(
                tenantID: visit.tenantID, keyID: try await dependencies.ids.next(),
                randomBytes: dependencies.randomBytes)
            let insertion = store.insertion(
                of: key, name: wanted.name, scopes: wanted.scopes, expiresAt: wanted.expiresAt, at: now)
            let entry = try visit.caller.entry(
                "console.create-key", "key:\(key.keyID)", outcome: nil, dependencies.recorder, at: now)
            try await dependencies.database.transaction { transaction in
                try KeyStore.lockForInsertion(of: visit.tenantID, at: now, in: &transaction)
                transaction.write(insertion)
                transaction.audit(entry)
            }
            return try visit.show(
                .keyCreated, title: "The key \(wanted.name)", ["keyName": wanted.name, "key": key.text])
        } catch let refusal as APIError where [.badRequest, .forbidden, .conflict].contains(refusal.status) {
            return try await list(visit, name: body.object["name"]?.asString ?? "", refusal: refusal)
        }
    }

    func revoke(_ visit: ConsoleVisit, _ body: ParsedBody) async throws -> Response {
        guard let id = visit.id else { throw APIError.keyNotFound }
        let now = dependencies.now()
        let entry = try visit.caller.entry(
            "console.revoke-key", "key:\(id)", outcome: nil, dependencies.recorder, at: now)
        let revoked = try await dependencies.database.transaction { transaction in
            guard try KeyStore.revoke(id, of: visit.tenantID, at: now, in: &transaction) != nil else { return false }
            transaction.audit(entry)
            return true
        }
        guard revoked else { throw APIError.keyNotFound }
        return visit.go(to: "/console/keys", saying: .keyRevoked)
    }

    private func list(_ visit: ConsoleVisit, name: String, refusal: APIError?) async throws -> Response {
        let now = dependencies.now()
        let keys = try await store.list(of: visit.tenantID, at: now)
        var content: [String: Any] = [
            "rows": keys.sorted { $0.createdAt > $1.createdAt }.map { Self.row($0, of: visit, at: now) }, "name": name,
            "offered": visit.identity.scopes.sorted().map { ["value": $0.rawValue, "words": $0.words] },
        ]
        if let refusal {
            let words = refusal.errors.map { "\($0.field) \($0.message)" }.joined(separator: "; ")
            content["problem"] = words.isEmpty ? refusal.message : words
            content["problemCode"] = refusal.code
        } else {
            content["done"] = visit.doneWords
        }
        return try visit.show(.keys, title: "API keys", content, status: refusal?.status ?? .ok)
    }

    private static func row(_ key: KeyStore.Key, of visit: ConsoleVisit, at now: Date) -> [String: Any] {
        [
            "id": key.id, "keyName": key.name,
            "isCurrent": visit.identity.memberID == nil && key.id == visit.identity.keyID,
            "start": "hearth_\(visit.tenantID)_\(key.id)", "state": key.badge(at: now).content, "scopes": key.scopes,
            "used": ConsoleTime.text(key.lastUsedAt, otherwise: "never"),
            "expires": ConsoleTime.text(key.expiresAt, otherwise: "never"), "mayRevoke": key.isUsable(at: now),
        ]
    }
}

extension Scope {
    /// What a key with this scope may do.
    package var words: String {
        switch self {
        case .campaignsRead: "see campaigns and consents"
        case .campaignsWrite: "connect mailboxes; start, pause and delete campaigns"
        case .messagesRead: "see messages that were sent and that arrived"
        case .messagesWrite: "send messages from mailboxes and watch them"
        case .webhooks: "manage webhook endpoints and read events"
        case .keys: "manage API keys"
        }
    }
}
