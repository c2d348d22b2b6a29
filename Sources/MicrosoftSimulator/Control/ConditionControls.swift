import Foundation
import HTTPTypes
import Synchronization

/// The target of a condition, limit or rule, by the name that a test uses.
package enum ControlTarget: Sendable, Equatable {
    case account(String)
    /// A verified domain, a tenant id, or `consumers` for all personal accounts.
    case organization(String)
    /// A client id.
    case application(String)
}

extension SimulatorState {
    /// Nil if the name is unknown.
    func subject(_ target: ControlTarget) -> ConditionBook.Subject? {
        switch target {
        case .account(let address): directory.account(named: address).map { .account($0.id) }
        case .organization(let name): tenantID(ofControlled: name).map { .organization($0) }
        case .application(let id): application(id).map { .application($0.clientID.lowercased()) }
        }
    }

    func tenantID(ofControlled name: String) -> String? {
        ["consumers", consumerTenantID].contains(name.lowercased())
            ? consumerTenantID : directory.organization(named: name)?.id
    }
}

extension MicrosoftSimulator {
    /// Applies a condition. Returns false for an unknown target.
    @discardableResult
    package func put(_ condition: Condition, on target: ControlTarget) -> Bool {
        state.withLock { state in
            guard let subject = state.subject(target) else { return false }
            state.put(condition, on: subject)
            return true
        }
    }

    /// Removes one kind of condition, or all if nil. Returns how many were removed; nil for an unknown target.
    @discardableResult
    package func undo(_ kind: Condition.Kind?, on target: ControlTarget) -> Int? {
        state.withLock { state in state.subject(target).map { state.conditions.remove(kind, from: $0) } }
    }

    /// Nil for an unknown target.
    package func conditions(on target: ControlTarget) -> [Condition]? {
        state.withLock { state in state.subject(target).map { state.conditions.of($0) } }
    }

    /// `/simulator/{accounts|organizations|applications}/{name}/conditions[/{kind}]`
    func conditions(_ exchange: Exchange, _ target: ControlTarget, _ rest: [String]) throws(ControlFailure) -> Reply {
        var kind: Condition.Kind?
        if let name = rest.first {
            kind = Condition.Kind(rawValue: name)
            if kind == nil { throw ControlFailure(field: "condition", message: "There is no condition '\(name)'.") }
        }
        guard conditions(on: target) != nil else { throw unknown(target.field, target.name) }
        switch exchange.method {
        case .get: break
        case .post where rest.isEmpty:
            let condition = try Condition(exchange.body, level: target.level)
            if kindIsForWorkOnly(condition.kind, target) {
                throw ControlFailure(field: "condition", message: "Personal accounts have no such policy.")
            }
            put(condition, on: target)
        case .delete: undo(kind, on: target)
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        let now = conditions(on: target) ?? []
        return .json(["conditions": .array(now.map(\.json))], status: exchange.method == .post ? 201 : 200)
    }

    private func kindIsForWorkOnly(_ kind: Condition.Kind, _ target: ControlTarget) -> Bool {
        let isPersonal = state.withLock { state in
            switch state.subject(target) {
            case .account(let id): id.tenantID == consumerTenantID
            case .organization(let id): id == consumerTenantID
            default: false
            }
        }
        return isPersonal && kind.isForWorkOnly
    }
}

extension ControlTarget {
    var name: String {
        switch self {
        case .account(let name), .organization(let name), .application(let name): name
        }
    }

    var level: Condition.Kind.Level {
        switch self {
        case .account: .account
        case .organization: .organization
        case .application: .application
        }
    }

    /// The field that an error names.
    var field: String {
        switch self {
        case .account: "address"
        case .organization: "organization"
        case .application: "clientId"
        }
    }
}

extension Condition {
    init(_ body: Data, level: Kind.Level) throws(ControlFailure) {
        let fields = try ControlFields(
            body,
            allowed: ["condition", "clientId", "code", "error", "suberror", "claims", "signInHelps", "revokes"]
        )
        let allowed = Kind.allCases.filter { $0.levels.contains(level) }
        guard let kind = try fields.choice("condition", of: Kind.self), allowed.contains(kind) else {
            throw fields.wrong("condition", "one of " + allowed.map(\.rawValue).joined(separator: ", "))
        }
        self.init(kind)
        clientID = try fields.string("clientId")
        code = try fields.integer("code", in: 1...99_999_999)
        error = try fields.string("error")
        suberror = try fields.string("suberror")
        if let object = fields.object("claims"), object.object != nil {
            claims = String(decoding: object.data, as: UTF8.self)
        } else {
            claims = try fields.string("claims")
        }
        signInHelps = try fields.bool("signInHelps")
        revokes = try fields.bool("revokes") ?? false
        if kind == .refused, code == nil, error == nil { throw fields.wrong("code", "given if error is not") }
    }

    var json: JSON {
        var members: [String: JSON] = [
            "condition": .string(kind.rawValue),
            "since": .string(Timestamp.graph(since)),
            "signInHelps": .bool(isCuredBySignIn),
        ]
        if let clientID { members["clientId"] = .string(clientID) }
        if let code { members["code"] = .integer(code) }
        if let error { members["error"] = .string(error) }
        if let suberror { members["suberror"] = .string(suberror) }
        if let claims { members["claims"] = .string(claims) }
        if revokes { members["revokes"] = true }
        return .object(members)
    }
}
