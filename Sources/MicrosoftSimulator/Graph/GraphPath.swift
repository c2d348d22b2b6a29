/// A normalised Graph path: `/v1.0/me/mailFolders('inbox')/messages/delta()` and
/// `/v1.0/me/mailfolders/inbox/messages/delta` are the same.
struct GraphPath: Sendable {
    /// The segments below the version, in their original case; all but keys are compared case-insensitively.
    let segments: [String]

    init(_ exchange: Exchange) {
        segments = exchange.segments.dropFirst().flatMap(Self.parts)
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
        case message(String)
        case send(String)
        case sendMail
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
        // `/users/{id}/messages` is read like `/me/messages`.
        let segments =
            switch owner {
            case .me: segments
            case .user: ["me"] + segments.dropFirst(2)
            case .nobody: segments
            }
        let lower = segments.map { $0.lowercased() }
        guard lower.first == "me" else { return .unknown(segments.first ?? "") }
        switch (lower.count, lower.dropFirst().first) {
        case (1, _): return .me
        case (2, "sendmail"), (2, "microsoft.graph.sendmail"): return .sendMail
        case (2, "messages"): return .messages(folder: nil)
        case (3, "messages"): return .message(segments[2])
        case (4, "messages") where lower[3] == "send" || lower[3] == "microsoft.graph.send": return .send(segments[2])
        case (2, "mailfolders"): return .folders
        case (3, "mailfolders"): return .folder(segments[2])
        case (4, "mailfolders") where lower[3] == "messages": return .messages(folder: segments[2])
        case (5, "mailfolders") where lower[3] == "messages": return .message(segments[4])
        default:
            return .unknown(
                segments.dropFirst().first { !["messages", "mailfolders"].contains($0.lowercased()) } ?? "me")
        }
    }
}
