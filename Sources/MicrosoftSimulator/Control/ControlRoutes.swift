import Foundation
import HTTPTypes
import Synchronization

/// `/simulator/...`: controls the simulator over HTTP.
extension MicrosoftSimulator {
    func control(_ exchange: Exchange) -> Reply {
        do throws(ControlFailure) {
            return try route(exchange)
        } catch {
            var body: [String: JSON] = ["message": .string(error.message)]
            if let field = error.field { body["field"] = .string(field) }
            return .json(["error": .object(body)], status: error.status)
        }
    }

    private func route(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        let segments = Array(exchange.segments.dropFirst())
        switch (exchange.method, segments.first, segments.count) {
        case (.get, nil, _):
            return .json(["status": "ok", "time": .string(Timestamp.graph(now))])
        case (.get, "accounts", 1):
            return .json(["accounts": .array(accounts.map(\.json))])
        case (.post, "accounts", 1):
            return .json(addAccount(try AccountOptions(exchange.body)).json, status: 201)
        case (.post, "shared-mailboxes", 1):
            return try makeSharedMailbox(exchange)
        case (_, "accounts", 3...4) where segments[2] == "delegates":
            return try delegates(exchange, segments[1], Array(segments.dropFirst(3)))
        case (.post, "connections", 1):
            return try connect(exchange)
        case (_, "accounts", 3) where segments[2] == "messages":
            return try messages(exchange, segments[1])
        case (.get, "accounts", 3) where segments[2] == "submissions":
            return try submissions(segments[1])
        case (.post, "accounts", 4) where segments[2] == "delta" && segments[3] == "expire":
            return try expireDelta(segments[1])
        case (_, "accounts", 3) where segments[2] == "notifications":
            return try notifications(exchange, of: segments[1])
        case (_, "accounts", 3) where segments[2] == "replies":
            return try automaticReplies(exchange, segments[1])
        case (_, "accounts", 3) where segments[2] == "quota":
            return try quota(exchange, ofAccount: segments[1])
        case (_, "organizations", 3) where segments[2] == "quota":
            return try quota(exchange, ofOrganization: segments[1])
        case (_, "bounces", 1):
            return try bounces(exchange)
        case (_, "placements", 1):
            return try placements(exchange)
        case (_, "notifications", 1):
            return try notifications(exchange, of: nil)
        case (_, "notifications", 2) where segments[1] == "log":
            return try notificationLog(exchange)
        case (_, "subscriptions", 1...3):
            return try subscriptions(exchange, Array(segments.dropFirst()))
        case (.post, "accounts", 3) where segments[2] == "revoke":
            return try revoke(exchange, address: segments[1])
        case (_, "accounts", 3...4) where segments[2] == "conditions":
            return try conditions(exchange, .account(segments[1]), Array(segments.dropFirst(3)))
        case (_, "accounts", 3) where segments[2] == "throttle":
            return try throttle(exchange, .account(segments[1]))
        case (_, "organizations", 3...4) where segments[2] == "conditions":
            return try conditions(exchange, .organization(segments[1]), Array(segments.dropFirst(3)))
        case (_, "organizations", 3) where segments[2] == "throttle":
            return try throttle(exchange, .organization(segments[1]))
        case (_, "organizations", 3) where segments[2] == "rules":
            return try rules(exchange, segments[1])
        case (_, "applications", 3...4) where segments[2] == "conditions":
            return try conditions(exchange, .application(segments[1]), Array(segments.dropFirst(3)))
        case (_, "applications", 3...4) where segments[2] == "secrets":
            return try secrets(exchange, segments[1], Array(segments.dropFirst(3)))
        case (_, "calls", 1...2):
            return try calls(exchange, Array(segments.dropFirst()))
        case (.post, "organizations", 1):
            return try makeOrganization(exchange)
        case (.post, "organizations", 3) where segments[2] == "withdraw-consent":
            guard withdrawAdminConsent(of: segments[1]) else { throw unknown("organization", segments[1]) }
            return .json(["organization": .string(segments[1])])
        case (.post, "application", 1):
            changeApplication(try ApplicationChange(exchange.body))
            return .json(["changed": true])
        case (_, "faults", 1):
            return try faults(exchange)
        case (_, "token-shape", 1):
            return try tokenShape(exchange)
        case (_, "behaviours", 1):
            return try behaviours(exchange)
        case (.post, "keys", 2) where segments[1] == "rotate":
            guard (try? rotateKeys()) != nil else { throw ControlFailure(status: 500, field: nil, message: "No key.") }
            return .json(["kid": .string(state.withLock { $0.keys.newest.id })])
        case (_, "clock", 1):
            return try clock(exchange)
        case (_, "requests", 1):
            return try requestLog(exchange)
        case (.post, "reset", 1):
            reset()
            return .json(["reset": true])
        default:
            throw ControlFailure(
                status: 404, field: nil, message: "No such control: \(exchange.method) \(exchange.path)")
        }
    }

    func unknown(_ kind: String, _ name: String) -> ControlFailure {
        ControlFailure(status: 404, field: kind, message: "'\(name)' is unknown.")
    }

    private func revoke(_ exchange: Exchange, address: String) throws(ControlFailure) -> Reply {
        let fields = try ControlFields(exchange.body, allowed: ["how"])
        let how = try fields.choice("how", of: Revocation.self) ?? .sessions
        guard revoke(address, how) else { throw unknown("address", address) }
        return .json(["address": .string(address), "how": .string(how.rawValue)])
    }

    private func makeOrganization(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        let options = try OrganizationOptions(exchange.body)
        let organization = state.withLock { $0.makeOrganization(options) }
        return .json(
            [
                "tid": .string(organization.id),
                "domains": .array(organization.domains.map(JSON.string)),
                "consentPolicy": .string(organization.consentPolicy.rawValue),
                "adminConsentWorkflow": .bool(organization.adminConsentWorkflow),
                "assignmentRequired": .bool(organization.assignmentRequired),
            ],
            status: 201
        )
    }

    private func faults(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        switch exchange.method {
        case .post: addFault(try Fault(exchange.body))
        case .delete: clearFaults()
        case .get: break
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        return .json(["faults": .array(faults.map(\.json))])
    }

    private func tokenShape(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        switch exchange.method {
        case .post: shapeTokens(try TokenShape(exchange.body))
        case .delete: clearTokenShapes()
        case .get: break
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        return .json(["pending": .integer(state.withLock { $0.tokenShapes.count })])
    }

    private func behaviours(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        if exchange.method == .post || exchange.method == .patch {
            behaviours = try behaviours.applying(exchange.body)
        }
        return .json(behaviours.json)
    }

    private func clock(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        if exchange.method == .post {
            let fields = try ControlFields(exchange.body, allowed: ["advanceSeconds", "set"])
            if let text = try fields.string("set") {
                guard let date = Timestamp.parse(text) else { throw fields.wrong("set", "an ISO 8601 time") }
                setClock(date)
            }
            if let seconds = try fields.number("advanceSeconds") { advanceClock(seconds: seconds) }
        }
        let offset = state.withLock { $0.clock.offset }
        return .json(["now": .string(Timestamp.graph(now)), "offsetSeconds": .integer(Int(offset.rounded()))])
    }

    private func requestLog(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        if exchange.method == .delete { clearRequests() }
        var operation: Operation?
        if let name = exchange.query["operation"] {
            operation = Operation(rawValue: name)
            if operation == nil {
                let names = Operation.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlFailure(field: "operation", message: "Must be one of \(names).")
            }
        }
        let account = exchange.query["account"]?.lowercased()
        let shown = requests.filter { request in
            (operation == nil || request.operation == operation)
                && (account == nil || request.account?.lowercased() == account)
        }
        let counts = requestCounts
        let graph = counts.filter { $0.key.isGraph }.values.reduce(0, +)
        return .json([
            "requests": .array(shown.map(\.json)),
            "counts": .object(Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, .integer($0.value)) })),
            "codes": .object(
                codeUses.mapValues { ["attempts": .integer($0.attempts), "successes": .integer($0.successes)] }
            ),
            "refreshes": .integer(refreshes),
            "graph": .integer(graph),
        ])
    }
}
