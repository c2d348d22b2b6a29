import Crypto
import Foundation
import HTTPTypes
import HearthRules
import HearthWeb
import Hummingbird

/// Renders the console's pages.
struct ConsoleViews: Sendable {
    private let templates: HTMLTemplates
    private let assets: ConsoleAssets

    /// - Throws: when a template does not parse.
    init(assets: ConsoleAssets) throws {
        self.assets = assets
        templates = try HTMLTemplates(
            Dictionary(
                uniqueKeysWithValues: ConsoleView.allCases.map {
                    ($0.rawValue, String(decoding: $0.template, as: UTF8.self))
                }))
    }

    /// Only resources of this origin; no inline scripts or styles, no frames.
    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// Returns the page, or 304 if the browser has it already: a page that updates itself sends `If-None-Match`.
    func page(
        _ view: ConsoleView, title: String, _ content: [String: Any], status: HTTPResponse.Status = .ok,
        for request: Request
    ) throws -> Response {
        var content = content
        content["title"] = title
        content["css"] = assets.css.path
        content["js"] = assets.js.path
        content["icon"] = assets.icon.path
        let text = try templates.render(view.rawValue, content)
        let tag = "\"\(Base64URL.encode(SHA256.hash(data: Data(text.utf8)).prefix(18)))\""
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy: Self.policy,
            // With no-referrer a browser would send its forms with "Origin: null", and they would be refused.
            .referrerPolicy: "same-origin",
        ]
        guard status == .ok else { return Response(status: status, headers: headers, body: Self.body(text)) }
        headers[.eTag] = tag
        if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: Self.body(text))
    }

    private static func body(_ text: String) -> ResponseBody { .init(byteBuffer: .init(string: text)) }
}
