import Crypto
import Foundation
import HTTPTypes
import HearthRules
import HearthWeb
import Hummingbird

/// The console's style sheet, script and icon. Their names contain a hash of the content, so browsers may cache them forever.
struct ConsoleAssets: Sendable {
    struct Asset: Sendable {
        let path: String
        let contentType: String
        let bytes: [UInt8]

        init(_ name: String, _ suffix: String, _ contentType: String, _ bytes: [UInt8]) {
            path = "/console/assets/\(name)-\(Base64URL.encode(SHA256.hash(data: bytes).prefix(9))).\(suffix)"
            self.contentType = contentType
            self.bytes = bytes
        }
    }

    let css = Asset("console", "css", "text/css; charset=utf-8", PackageResources.console_css)
    let js = Asset("console", "js", "text/javascript; charset=utf-8", PackageResources.console_js)
    let icon = Asset("icon", "svg", "image/svg+xml", PackageResources.icon_svg)

    func get(_ request: Request, context: AppContext) throws -> Response {
        guard let asset = [css, js, icon].first(where: { $0.path == request.uri.path }) else { throw APIError.notFound }
        return Response(
            status: .ok,
            headers: [
                .contentType: asset.contentType, .cacheControl: "public, max-age=31536000, immutable",
                .contentSecurityPolicy: "default-src 'none'; sandbox",
            ], body: .init(byteBuffer: .init(bytes: asset.bytes)))
    }
}
