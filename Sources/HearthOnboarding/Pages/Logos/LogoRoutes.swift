import HTTPTypes
import HearthWeb
import Hummingbird

/// `GET /logos/{name}`: a tenant's logo, for the pages shown to its mailbox owners.
struct LogoRoutes: Sendable {
    let store: LogoStore

    func get(_ request: Request, context: AppContext) async throws -> Response {
        guard let name = context.parameters.get("name"), let logo = try await store.find(name) else {
            throw APIError.notFound
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: logo.mediaType.rawValue, .cacheControl: "public, max-age=31536000, immutable",
                .contentSecurityPolicy: "default-src 'none'; sandbox; frame-ancestors 'none'",
            ], body: .init(byteBuffer: .init(bytes: logo.bytes)))
    }
}
