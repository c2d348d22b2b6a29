import HearthWeb

/// The choices of a filter, with `All` first.
enum FilterChoice {
    static func list(_ all: [(value: String, name: String)], chosen: String?) -> [[String: Any]] {
        ([("", "All")] + all).map { ["value": $0.0, "name": $0.1, "isChosen": $0.0 == chosen ?? ""] }
    }
}

/// Query strings of the console's own URLs.
enum QueryText {
    static func encode(_ text: String) -> String { FormEncoding.escape(text, keepingSlashes: true) }

    /// `?a=1&b=2` without the nil values; empty if all are nil.
    static func of(_ parameters: [(String, String?)]) -> String {
        let pairs = parameters.compactMap { name, value in value.map { "\(name)=\(encode($0))" } }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// Whether a form or link may send the browser there: only pages of this console, to prevent open redirects.
    static func isOfConsole(_ path: String) -> Bool {
        path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") } && !path.contains("..")
            && (path == "/console" || path.hasPrefix("/console/"))
    }
}

extension PageRequest {
    /// A page of one of the console's lists, the newest first.
    ///
    /// - Parameter id: the last one of the previous page.
    init(newestOf list: PageCursor.List, before id: Int64?) {
        self.init(of: list, order: .newestFirst, after: id, limit: 50)
    }
}
