import Foundation
import HTTPTypes
import Synchronization

/// Bounces, placement and automatic replies.
extension MicrosoftSimulator {
    /// Rules are asked in order; the first that matches decides.
    package var bounces: [BounceRule] {
        get { state.withLock { $0.bounces } }
        set { state.withLock { $0.bounces = newValue } }
    }

    /// The last rule that matches decides.
    package var placements: [PlacementRule] {
        get { state.withLock { $0.placements } }
        set { state.withLock { $0.placements = newValue } }
    }

    /// Replaces the scripts by which a mailbox answers. Returns false for an unknown address.
    @discardableResult
    package func setAutomaticReplies(_ replies: [AutomaticReply], of address: String) -> Bool {
        state.withLock { state in
            guard let account = state.directory.account(named: address) else { return false }
            state.automaticReplies[account.id] = replies
            return true
        }
    }

    package func automaticReplies(of address: String) -> [AutomaticReply] {
        state.withLock { state in
            state.directory.account(named: address).flatMap { state.automaticReplies[$0.id] } ?? []
        }
    }

    // MARK: HTTP

    /// `/simulator/bounces`
    func bounces(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        switch exchange.method {
        case .get: break
        case .post:
            let fields = try ControlFields(
                exchange.body,
                allowed: [
                    "sender", "organization", "recipient", "code", "text", "delaySeconds", "folder", "original",
                    "times",
                ])
            var rule = BounceRule(code: try fields.required("code"))
            rule.sender = try fields.string("sender").map(AddressPattern.init)
            rule.recipient = try fields.string("recipient").map(AddressPattern.init)
            if let name = try fields.string("organization") {
                guard let id = state.withLock({ $0.tenantID(ofControlled: name) }) else {
                    throw unknown("organization", name)
                }
                rule.organization = id
            }
            rule.text = try fields.string("text")
            rule.delaySeconds = try fields.number("delaySeconds") ?? 0
            rule.folder = try fields.folder("folder") ?? "inbox"
            rule.original = try fields.choice("original", of: BounceRule.Original.self) ?? .message
            rule.times = try fields.integer("times", in: 1...1_000_000)
            bounces.append(rule)
        case .delete: bounces = []
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        return .json(["bounces": .array(bounces.map(\.json))])
    }

    /// `/simulator/placements`
    func placements(_ exchange: Exchange) throws(ControlFailure) -> Reply {
        switch exchange.method {
        case .get: break
        case .post: placements.append(try PlacementRule(exchange.body))
        case .delete: placements = []
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        return .json(["placements": .array(placements.map(\.json))])
    }

    /// `/simulator/accounts/{address}/replies`
    func automaticReplies(_ exchange: Exchange, _ address: String) throws(ControlFailure) -> Reply {
        guard account(address) != nil else { throw unknown("address", address) }
        switch exchange.method {
        case .get: break
        case .post:
            setAutomaticReplies(automaticReplies(of: address) + [try AutomaticReply(exchange.body)], of: address)
        case .delete: setAutomaticReplies([], of: address)
        default: throw ControlFailure(status: 405, field: nil, message: "Use GET, POST or DELETE.")
        }
        return .json(["replies": .array(automaticReplies(of: address).map(\.json))])
    }
}

extension ControlFields {
    /// A folder's well-known name.
    func folder(_ name: String) throws(ControlFailure) -> String? {
        guard let text = try string(name) else { return nil }
        guard FolderNames.wellKnown.contains(text.lowercased()) else {
            throw wrong(name, "one of " + FolderNames.wellKnown.joined(separator: ", "))
        }
        return text.lowercased()
    }
}

extension BounceRule {
    var json: JSON {
        [
            "sender": .text(sender?.text), "organization": .text(organization), "recipient": .text(recipient?.text),
            "code": .string(code), "text": .text(text), "delaySeconds": .number(delaySeconds),
            "folder": .string(folder), "original": .string(original.rawValue),
            "times": times.map(JSON.integer) ?? .null,
        ]
    }
}

extension PlacementRule {
    init(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(
            body,
            allowed: [
                "sender", "recipient", "folder", "scl", "sfv", "cat", "sfty", "bcl", "spf", "dkim", "dmarc", "compauth",
                "reason", "purgeAfterSeconds",
            ])
        self.init()
        sender = try fields.string("sender").map(AddressPattern.init)
        recipient = try fields.string("recipient").map(AddressPattern.init)
        verdict.folder = try fields.folder("folder") ?? "inbox"
        if verdict.folder == "junkemail" { (verdict.scl, verdict.sfv, verdict.cat) = (5, "SPM", "SPM") }
        if let value = try fields.integer("scl", in: -1...9) { verdict.scl = value }
        if let value = try fields.string("sfv") { verdict.sfv = value }
        if let value = try fields.string("cat") { verdict.cat = value }
        verdict.sfty = try fields.string("sfty")
        if let value = try fields.integer("bcl", in: 0...9) { verdict.bcl = value }
        if let value = try fields.string("spf") { verdict.spf = value }
        if let value = try fields.string("dkim") { verdict.dkim = value }
        if let value = try fields.string("dmarc") { verdict.dmarc = value }
        if let value = try fields.string("compauth") { verdict.compauth = value }
        if let value = try fields.string("reason") { verdict.reason = value }
        if let value = try fields.number("purgeAfterSeconds") {
            guard (0...172_800).contains(value) else { throw fields.wrong("purgeAfterSeconds", "at most 172800") }
            verdict.purgeAfterSeconds = value
        }
    }

    var json: JSON {
        [
            "sender": .text(sender?.text), "recipient": .text(recipient?.text), "folder": .string(verdict.folder),
            "scl": .integer(verdict.scl), "sfv": .string(verdict.sfv), "cat": .string(verdict.cat),
            "sfty": .text(verdict.sfty), "bcl": .integer(verdict.bcl), "spf": .string(verdict.spf),
            "dkim": .string(verdict.dkim), "dmarc": .string(verdict.dmarc), "compauth": .string(verdict.compauth),
            "reason": .string(verdict.reason),
            "purgeAfterSeconds": verdict.purgeAfterSeconds.map(JSON.number) ?? .null,
        ]
    }
}

extension AutomaticReply {
    init(_ body: Data) throws(ControlFailure) {
        let fields = try ControlFields(
            body, allowed: ["kind", "text", "delaySeconds", "autoSubmitted", "suppressesAnswers", "times"])
        guard let kind = try fields.choice("kind", of: Kind.self) else { throw fields.wrong("kind", "given") }
        self.init(kind)
        text = try fields.string("text") ?? ""
        delaySeconds = try fields.number("delaySeconds") ?? 0
        isMarked = try fields.bool("autoSubmitted") ?? true
        suppressesAnswers = try fields.bool("suppressesAnswers")
        times = try fields.integer("times", in: 1...1_000_000)
    }

    var json: JSON {
        [
            "kind": .string(kind.rawValue), "text": .string(text), "delaySeconds": .number(delaySeconds),
            "autoSubmitted": .bool(isMarked && kind == .outOfOffice),
            "suppressesAnswers": .bool(suppressesAnswers ?? (kind == .outOfOffice)),
            "times": times.map(JSON.integer) ?? .null,
        ]
    }
}
