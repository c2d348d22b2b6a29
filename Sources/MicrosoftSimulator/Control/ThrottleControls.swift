import Foundation
import HTTPTypes
import Synchronization

extension MicrosoftSimulator {
    /// Sets a limit on an account's mailbox or on an organisation; nil removes it. Returns false for an unknown target and for
    /// an application.
    @discardableResult
    package func throttle(_ target: ControlTarget, _ rule: ThrottleRule?) -> Bool {
        state.withLock { state in
            guard let key = state.throttleKey(target) else { return false }
            state.throttles.set(rule, for: key)
            return true
        }
    }

    /// Sets a tenant's own rules. Returns false for an unknown tenant.
    @discardableResult
    package func setRules(_ rules: TenantRules, of organization: String) -> Bool {
        state.withLock { state in
            guard let id = state.tenantID(ofControlled: organization) else { return false }
            state.rules[id] = rules
            return true
        }
    }

    /// `/simulator/{accounts|organizations}/{name}/throttle`
    func throttle(_ exchange: Exchange, _ target: ControlTarget) throws(ControlFailure) -> Reply {
        guard let key = state.withLock({ $0.throttleKey(target) }) else { throw unknown(target.field, target.name) }
        switch exchange.method {
        case .get: break
        case .post: throttle(target, try ThrottleRule(exchange.body, now: now))
        case .delete: throttle(target, nil)
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        return .json(["throttle": state.withLock { $0.throttles.rules[key]?.json } ?? .null])
    }

    /// `/simulator/organizations/{name}/rules`
    func rules(_ exchange: Exchange, _ name: String) throws(ControlFailure) -> Reply {
        guard let id = state.withLock({ $0.tenantID(ofControlled: name) }) else { throw unknown("organization", name) }
        var rules = state.withLock { $0.rules[id] } ?? TenantRules()
        switch exchange.method {
        case .get: break
        case .post, .patch: try rules.apply(exchange.body)
        case .delete: rules = TenantRules()
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        setRules(rules, of: name)
        return .json(rules.json)
    }
}

extension SimulatorState {
    func throttleKey(_ target: ControlTarget) -> Throttle.Key? {
        switch subject(target) {
        case .account(let id): .account(id)
        case .organization(let id): .organization(id)
        case .application, nil: nil
        }
    }
}

extension ThrottleRule {
    init(_ body: Data, now: Date) throws(ControlFailure) {
        let fields = try ControlFields(
            body, allowed: ["on", "requests", "windowSeconds", "concurrency", "forSeconds", "retryAfter"]
        )
        self.init()
        scope = try fields.choice("on", of: Scope.self) ?? .all
        requests = try fields.integer("requests", in: 0...1_000_000)
        windowSeconds = try fields.integer("windowSeconds", in: 1...86_400) ?? 600
        concurrency = try fields.integer("concurrency", in: 0...1_000)
        until = try fields.number("forSeconds").map { now.addingTimeInterval($0) }
        retryAfterSeconds = try fields.integer("retryAfter", in: 0...86_400)
        guard requests != nil || concurrency != nil || until != nil else {
            throw fields.wrong("requests", "given if neither concurrency nor forSeconds is")
        }
    }

    var json: JSON {
        var members: [String: JSON] = ["on": .string(scope.rawValue)]
        if let requests {
            members["requests"] = .integer(requests)
            members["windowSeconds"] = .integer(windowSeconds)
        }
        if let concurrency { members["concurrency"] = .integer(concurrency) }
        if let until { members["until"] = .string(Timestamp.graph(until)) }
        if let retryAfterSeconds { members["retryAfter"] = .integer(retryAfterSeconds) }
        return .object(members)
    }
}

extension TenantRules {
    /// Changes the rules that the body names; null restores the simulator's own behaviour.
    mutating func apply(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(body, allowed: ["rotation", "refreshTokenDays", "adminConsentDelaySeconds"])
        if fields.has("rotation") {
            rotation = try fields.choice("rotation", of: SimulatorBehaviours.Rotation.self)
        }
        if fields.has("refreshTokenDays") { refreshTokenDays = try fields.integer("refreshTokenDays", in: 1...10_000) }
        if fields.has("adminConsentDelaySeconds") {
            adminConsentDelaySeconds = try fields.integer("adminConsentDelaySeconds")
        }
    }
}
