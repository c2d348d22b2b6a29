/// A normalised Graph path: `/v1.0/me/mailFolders('inbox')/messages/delta()` and
/// `/v1.0/me/mailfolders/inbox/messages/delta` are the same.
struct GraphPath: Sendable {
    /// The segments below the version, in their original case; all but keys are compared case-insensitively.
    let segments: [String]

    init(_ exchange: Exchange) {
        segments = exchange.segments.dropFirst().flatMap(Self.parts)
    }

    /// - Parameter resource: without the version, as a subscription names it.
    init(resource: some StringProtocol) {
        segments = resource.split(separator: "/").map { FormFields.percentDecode($0) }.flatMap(Self.parts)
    }

    /// `users('x')` becomes `users`, `x`; `delta()` becomes `delta`; the namespace of a function is dropped.
    private static func parts(_ segment: String) -> [String] {
        guard segment.hasSuffix(")"), let open = segment.firstIndex(of: "(") else { return [segment] }
        let name = segment[..<open].split(separator: ".").last.map(String.init) ?? ""
        let key = segment[segment.index(after: open)...].dropLast()
        guard !key.isEmpty else { return [name] }
        let bare = key.hasPrefix("'") && key.hasSuffix("'") && key.count >= 2 ? key.dropFirst().dropLast() : key
        return [name, String(bare)]
    }

    /// The resource that a path addresses.
    enum Resource: Sendable, Equatable {
        case me
        case folders
        case folder(String)
        case messages(folder: String?)
        case delta(folder: String)
        case message(String)
        /// The message as MIME.
        case mime(String)
        case action(MessageAction, String)
        case attachments(String)
        case attachment(String, message: String)
        case attachmentBytes(String, message: String)
        case uploadSession(message: String)
        case sendMail
        case subscriptions
        case subscription(String)
        case reauthorize(String)
        case unknown(String)
    }

    enum Owner: Sendable, Equatable {
        case me
        /// By object id or address.
        case user(String)
        case nobody
    }

    /// The owner of the resource.
    var owner: Owner {
        switch segments.first?.lowercased() {
        case "me": .me
        case "users" where segments.count > 1: .user(segments[1])
        default: .nobody
        }
    }

    var resource: Resource {
        switch owner {
        case .me: mailResource(segments.dropFirst())
        // `/users/{id}/messages` is read like `/me/messages`.
        case .user: mailResource(segments.dropFirst(2))
        case .nobody: subscriptionResource
        }
    }

    private var subscriptionResource: Resource {
        guard Self.lower(segments.first) == "subscriptions" else { return .unknown(segments.first ?? "") }
        switch (segments.count, Self.lower(segments.last)) {
        case (1, _): return .subscriptions
        case (2, _): return .subscription(segments[1])
        case (3, "reauthorize"): return .reauthorize(segments[1])
        default: return .unknown(segments.last ?? "")
        }
    }

    /// - Parameter segments: those after the owner's.
    private func mailResource(_ segments: ArraySlice<String>) -> Resource {
        guard let first = segments.first else { return .me }
        let rest = segments.dropFirst()
        switch (Self.lower(first), rest.count) {
        case ("sendmail", 0): return .sendMail
        case ("messages", _): return messageResource(rest, folder: nil)
        case ("mailfolders", 0): return .folders
        case ("mailfolders", 1): return .folder(rest[rest.startIndex])
        case ("mailfolders", _):
            let inner = rest.dropFirst()
            guard Self.lower(inner.first) == "messages" else { return .unknown(inner.first ?? "") }
            return messageResource(inner.dropFirst(), folder: rest.first)
        default: return .unknown(first)
        }
    }

    /// - Parameter segments: those after `messages`.
    private func messageResource(_ segments: ArraySlice<String>, folder: String?) -> Resource {
        guard let id = segments.first else { return .messages(folder: folder) }
        let last = Self.lower(segments.last)
        switch segments.count {
        case 1:
            // Microsoft has a delta of one folder's messages, but none of all.
            if let folder, last == "delta" { return .delta(folder: folder) }
            return .message(id)
        case 2:
            if last == "$value" { return .mime(id) }
            if last == "attachments" { return .attachments(id) }
            return MessageAction.allCases.first { $0.rawValue.lowercased() == last }.map { .action($0, id) }
                ?? .unknown(segments.last ?? "")
        case 3...4 where Self.lower(segments[segments.startIndex + 1]) == "attachments":
            let name = segments[segments.startIndex + 2]
            if segments.count == 4 {
                return last == "$value" ? .attachmentBytes(name, message: id) : .unknown(segments.last ?? "")
            }
            return last == "createuploadsession" ? .uploadSession(message: id) : .attachment(name, message: id)
        default: return .unknown(segments.last ?? "")
        }
    }

    /// In lower case, without the namespace that actions may carry.
    private static func lower(_ segment: String?) -> String {
        let lower = segment?.lowercased() ?? ""
        return lower.hasPrefix("microsoft.graph.") ? String(lower.dropFirst("microsoft.graph.".count)) : lower
    }
}

/// What can be done with one message by a POST.
enum MessageAction: String, Sendable, CaseIterable {
    case send, reply, replyAll, forward, createReply, createReplyAll, createForward, move, copy, permanentDelete
}
