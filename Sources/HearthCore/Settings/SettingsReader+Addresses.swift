import Foundation

/// Readers of settings that are later compared with external values. They normalise the setting to the form of those values,
/// or report a problem if that is not possible.
extension SettingsReader {
    /// Reads scheme, host and port, in the form that browsers send as `Origin` (RFC 6454, section 6.2): in lower case, without
    /// the scheme's default port and without a trailing slash.
    mutating func origin(_ name: String, default standard: String?, allowsPlainHTTP: Bool) -> String {
        guard let url = webAddress(name, default: standard, allowsPlainHTTP: allowsPlainHTTP) else { return "" }
        guard url.path.isEmpty else {
            problem(
                name,
                "has the path \(url.path): \(Self.noPath) Use a host name of its own, such as https://hearth.example.com"
            )
            return ""
        }
        return url.string ?? ""
    }

    private static let noPath = "a path prefix is not supported."

    /// Reads a URL like ``origin(_:default:allowsPlainHTTP:)``, with a path that ends in an API version.
    mutating func versionedURL(_ name: String, default standard: String, allowsPlainHTTP: Bool) -> String {
        guard let url = webAddress(name, default: standard, allowsPlainHTTP: allowsPlainHTTP) else { return "" }
        guard !url.path.isEmpty else {
            problem(name, "must end in a version, such as \(standard)")
            return ""
        }
        return url.string ?? ""
    }

    private mutating func webAddress(
        _ name: String, default standard: String?, allowsPlainHTTP: Bool
    ) -> URLComponents? {
        guard let text = standard == nil ? required(name) : self.text(name) ?? standard, !text.isEmpty else {
            return nil
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), var url = URLComponents(string: text),
            let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http",
            let host = url.host?.lowercased(), !host.isEmpty
        else {
            problem(name, "must be an absolute URL such as https://hearth.example.com, in ASCII")
            return nil
        }
        let unwanted = [
            (url.user ?? url.password).map { _ in "a user" }, url.query.map { _ in "a query" },
            url.fragment.map { _ in "a fragment" },
        ].compactMap { $0 }
        guard unwanted.isEmpty else {
            problem(name, "must be a URL without \(unwanted.joined(separator: " and without "))")
            return nil
        }
        guard url.port.map({ (1...65_535).contains($0) }) ?? true else {
            problem(name, "must have a port between 1 and 65535")
            return nil
        }
        if scheme == "http", !allowsPlainHTTP {
            problem(name, "must begin with https:// (http only with HEARTH_DEVELOPMENT=true)")
        }
        url.scheme = scheme
        url.host = host
        if url.port == (scheme == "https" ? 443 : 80) { url.port = nil }
        while url.path.hasSuffix("/") { url.path.removeLast() }
        return url
    }

    /// Reads a GUID, in lower case as in Microsoft's tokens.
    mutating func requiredGUID(_ name: String, _ meaning: String) -> String {
        let text = required(name)
        guard !text.isEmpty else { return "" }
        guard let guid = UUID(uuidString: text) else {
            problem(
                name, "must be \(meaning), a GUID such as 5d1f3a50-0000-4000-8000-0000000e2e00, without braces")
            return ""
        }
        return guid.uuidString.lowercased()
    }

    /// Reads the id or a domain of a directory at Microsoft, in lower case; nil if not set.
    ///
    /// - Parameter words: other accepted values, such as `common`.
    mutating func directory(_ name: String, or words: [String] = []) -> String? {
        guard let text = text(name)?.lowercased() else { return nil }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isDomain =
            labels.count > 1
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
            }
        guard words.contains(text) || isDomain || UUID(uuidString: text) != nil else {
            let others = words.isEmpty ? "" : words.joined(separator: ", ") + ", or "
            problem(name, "must be \(others)the id (a GUID) or a domain of a directory at Microsoft")
            return nil
        }
        return text
    }
}
