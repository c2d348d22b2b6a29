import HTTPTypes
package import Hummingbird
package import StrictJSON

/// A page of a list, with a cursor for the next one.
package struct Page<Element: Sendable>: Sendable {
    package let elements: [Element]
    /// Nil on the last page.
    package let next: PageCursor?

    /// - Parameter found: the page's elements, plus one if there are more.
    package init(_ found: [Element], of request: PageRequest, key: (Element) -> Int64) {
        elements = Array(found.prefix(request.limit))
        next =
            found.count > request.limit
            ? elements.last.map { PageCursor(request.list, after: key($0)) } : nil
    }

    /// Returns the envelope with `next_cursor`, and the next page's address in `Link` (RFC 8288).
    package func response(
        to request: Request, code: String, message: String, write: (Element, inout JSONWriter) -> Void
    ) -> Response {
        var headers: HTTPFields = [:]
        if let next { headers[.link] = "<\(Self.address(of: next, after: request))>; rel=\"next\"" }
        return Envelope.response(
            code: code, message: message, members: [("next_cursor", next.map { .string($0.text) } ?? .null)],
            headers: headers
        ) { json in
            json.array { json in
                for element in elements { write(element, &json) }
            }
        }
    }

    /// Returns the same path and query with another cursor.
    private static func address(of cursor: PageCursor, after request: Request) -> String {
        let kept = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("cursor=") }.map(String.init)
        let query = (kept + ["cursor=" + cursor.text]).joined(separator: "&")
        // These characters would end the address in the header.
        return "\(request.uri.path)?\(query)".replacing("<", with: "%3C").replacing(">", with: "%3E")
    }
}
