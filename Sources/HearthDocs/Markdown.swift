import HearthRules
import HearthWeb

/// Renders the subset of Markdown that our documents use as HTML: headings, paragraphs, lists, tables, fenced code, and
/// inline code, bold and links. It only renders files that come with the release, never input of a caller.
struct Markdown {
    /// The number added to the level of each heading, so that a document fits below another heading.
    var deeper = 0

    func render(_ text: some StringProtocol) -> HTML {
        var blocks: [HTML] = []
        var rest = String(text).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        while let line = rest.first {
            if line.allSatisfy(\.isWhitespace) {
                rest.removeFirst()
            } else if line.hasPrefix("```") {
                blocks.append(fence(&rest))
            } else if let heading = heading(line) {
                rest.removeFirst()
                blocks.append(heading)
            } else if line.hasPrefix("|") {
                blocks.append(table(take(&rest) { $0.hasPrefix("|") }))
            } else if Self.marker(of: line) != nil {
                blocks.append(list(items(&rest)))
            } else {
                let lines = take(&rest) { !$0.isEmpty && !$0.hasPrefix("#") && !$0.hasPrefix("```") }
                blocks.append("<p>\(inline(lines.joined(separator: " ")))</p>\n")
            }
        }
        return blocks.joined()
    }

    private func take(_ rest: inout ArraySlice<String>, while belongs: (String) -> Bool) -> [String] {
        let lines = rest.prefix(while: belongs)
        rest = rest.dropFirst(lines.count)
        return Array(lines)
    }

    private func fence(_ rest: inout ArraySlice<String>) -> HTML {
        rest.removeFirst()
        let lines = take(&rest) { !$0.hasPrefix("```") }
        rest = rest.dropFirst()
        return "<pre tabindex=\"0\"><code>\(lines.joined(separator: "\n"))</code></pre>\n"
    }

    /// The anchor of a heading in capitals, such as an error code, is the heading itself; others are lower-cased.
    private func heading(_ line: String) -> HTML? {
        let level = line.prefix { $0 == "#" }.count
        guard (1...6).contains(level), line.dropFirst(level).first == " " else { return nil }
        let words = String(line.dropFirst(level + 1))
        let name = HTML(text: "h\(min(level + deeper, 6))")
        return "<\(name) id=\"\(Self.anchor(words))\">\(inline(words))</\(name)>\n"
    }

    static func anchor(_ words: String) -> String {
        let plain = words.filter { $0 != "`" }
        if plain.allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" }) { return plain }
        return String(plain.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
    }

    private func table(_ lines: [String]) -> HTML {
        let rows = lines.map { line in
            line.split(separator: "|").map { $0.trimmingWhitespace() }
        }
        guard let head = rows.first else { return "" }
        let titles = head.map { "<th scope=\"col\">\(inline($0))</th>" as HTML }
        let body = rows.dropFirst(2).map { row in
            "<tr>\(row.map { "<td>\(inline($0))</td>" as HTML })</tr>\n" as HTML
        }
        return "<table><thead><tr>\(titles)</tr></thead>\n<tbody>\(body)</tbody></table>\n"
    }

    // MARK: Lists

    /// Returns the length of a list marker, `- ` or `1. `, and whether it is ordered.
    private static func marker(of line: String) -> (length: Int, isOrdered: Bool)? {
        if line.hasPrefix("- ") { return (2, false) }
        let digits = line.prefix { $0.isNumber }.count
        return digits > 0 && line.dropFirst(digits).hasPrefix(". ") ? (digits + 2, true) : nil
    }

    /// Returns the list items, each including the indented lines that follow it.
    private func items(_ rest: inout ArraySlice<String>) -> [(words: String, isOrdered: Bool)] {
        var items: [(words: String, isOrdered: Bool)] = []
        while let line = rest.first {
            if let marker = Self.marker(of: line) {
                items.append((String(line.dropFirst(marker.length)), marker.isOrdered))
            } else if line.hasPrefix(" "), let last = items.indices.last {
                items[last].words += " " + line.trimmingWhitespace()
            } else {
                break
            }
            rest.removeFirst()
        }
        return items
    }

    private func list(_ items: [(words: String, isOrdered: Bool)]) -> HTML {
        let name: HTML = items.first?.isOrdered == true ? "ol" : "ul"
        return "<\(name)>\(items.map { "<li>\(inline($0.words))</li>\n" as HTML })</\(name)>\n"
    }

    // MARK: Within a line

    func inline(_ words: some StringProtocol) -> HTML {
        var html: HTML = ""
        var rest = Substring(words)
        while let start = rest.firstIndex(where: { $0 == "`" || $0 == "*" || $0 == "[" }) {
            html = html + "\(rest[..<start])"
            rest = rest[start...]
            if let span = span(&rest) {
                html = html + span
            } else {
                html = html + "\(rest.prefix(1))"
                rest = rest.dropFirst()
            }
        }
        return html + "\(rest)"
    }

    /// Parses the span that begins here. Consumes nothing if it is not closed.
    private func span(_ rest: inout Substring) -> HTML? {
        if let code = enclosed("`", "`", &rest) { return "<code>\(code)</code>" }
        if let bold = enclosed("**", "**", &rest) { return "<strong>\(inline(bold))</strong>" }
        var link = rest
        guard let label = enclosed("[", "]", &link), let target = enclosed("(", ")", &link) else { return nil }
        rest = link
        return "<a href=\"\(target)\">\(inline(label))</a>"
    }

    private func enclosed(_ opening: String, _ closing: String, _ rest: inout Substring) -> Substring? {
        guard rest.hasPrefix(opening) else { return nil }
        let inner = rest.dropFirst(opening.count)
        guard let end = inner.firstRange(of: closing) else { return nil }
        rest = inner[end.upperBound...]
        return inner[..<end.lowerBound]
    }
}
