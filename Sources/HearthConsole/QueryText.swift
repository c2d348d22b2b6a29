import HearthWeb

/// The queries of the console's own addresses.
enum QueryText {
    static func encode(_ text: String) -> String { FormEncoding.escape(text, keepingSlashes: true) }

    /// `?a=1&b=2`, without what is nil; empty if all are.
    static func of(_ parameters: [(String, String?)]) -> String {
        let pairs = parameters.compactMap { name, value in value.map { "\(name)=\(encode($0))" } }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// Where a form or a link may send the browser next: a page of this console and nothing else.
    static func isOfConsole(_ path: String) -> Bool {
        path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") } && !path.contains("..")
            && (path == "/console" || path.hasPrefix("/console/"))
    }
}
