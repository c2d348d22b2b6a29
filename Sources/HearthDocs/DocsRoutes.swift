import Crypto
import Foundation
import HTTPTypes
import HearthCore
import HearthRules
package import HearthWeb
package import Hummingbird

/// `GET /docs`: the reference page, generated at start-up from openapi.yaml and docs/errors.md.
package struct DocsRoutes: Sendable {
    private let page: ByteBuffer
    private let tag: String

    package init(document: OpenAPIDocument, directory: String) throws {
        guard let errors = FileManager.default.contents(atPath: directory + "/docs/errors.md") else {
            throw SettingsProblem(problems: ["HEARTH_SHARE_DIR names \(directory), which has no docs/errors.md"])
        }
        let reference = ReferencePage(
            document: try ContractDocument(document.text), errors: String(decoding: errors, as: UTF8.self))
        page = ByteBuffer(string: reference.html(style: HTML(text: ReferenceStyle.text)).text)
        tag = "\"\(Base64URL.encode(SHA256.hash(data: Data(page.readableBytesView))))\""
    }

    package func get(_ request: Request, context: AppContext) -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "public, max-age=300", .eTag: tag,
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'sha256-\(ReferenceStyle.digest)'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ]
        let known = (request.headers[.ifNoneMatch] ?? "").split(separator: ",").map { $0.trimmingWhitespace() }
        if known.contains(tag) {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: page))
    }
}
