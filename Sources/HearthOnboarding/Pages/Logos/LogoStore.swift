import Crypto
package import Foundation
import HTTPTypes
package import HearthCore
import HearthRules
import HearthWeb
import Hummingbird
package import Postgres

/// Reads and changes tenants' logos.
package struct LogoStore: Sendable {
    let database: Database

    package init(database: Database) {
        self.database = database
    }

    /// Returns the path of a logo: `/logos/<tenant>-<SHA-256 of the image>`. It cannot be guessed without the image, so it
    /// cannot be used to enumerate tenants. The content of a path never changes.
    package static func path(tenant: Int64, digest: [UInt8]) -> String {
        "/logos/\(tenant)-\(Base64URL.encode(digest))"
    }

    /// Returns nil if the tenant has no logo.
    package func path(of tenant: Int64) async throws -> String? {
        try await database.read("SELECT digest FROM tenant_logos WHERE tenant_id = \(tenant)").first.map { row in
            Self.path(tenant: tenant, digest: try row["digest"])
        }
    }

    /// - Parameter name: the last part of a logo's path.
    package func find(_ name: String) async throws -> TenantLogo? {
        let parts = name.split(separator: "-", maxSplits: 1)
        guard parts.count == 2, let tenant = Int64(parts[0]), tenant > 0, let digest = Base64URL.decode(parts[1]),
            digest.count == 32
        else { return nil }
        let row = try await database.read(
            """
            SELECT media_type, image FROM tenant_logos WHERE tenant_id = \(tenant) AND digest = \(digest)
            """
        ).first
        guard let row, let mediaType = TenantLogo.MediaType(rawValue: try row["media_type"]) else { return nil }
        return TenantLogo(mediaType: mediaType, bytes: try row["image"])
    }

    package func store(_ logo: TenantLogo, for tenant: Int64, at now: Date, noting entry: AuditInsertion) async throws {
        try await change(
            """
            INSERT INTO tenant_logos (tenant_id, media_type, image, digest, updated_at)
            VALUES (\(tenant), \(logo.mediaType.rawValue), \(logo.bytes), \(logo.digest), \(now))
            ON CONFLICT (tenant_id) DO UPDATE SET media_type = excluded.media_type, image = excluded.image,
                digest = excluded.digest, updated_at = excluded.updated_at
            """, noting: entry)
    }

    package func remove(from tenant: Int64, noting entry: AuditInsertion) async throws {
        try await change("DELETE FROM tenant_logos WHERE tenant_id = \(tenant)", noting: entry)
    }

    private func change(_ statement: SQL, noting entry: AuditInsertion) async throws {
        try await database.transaction { transaction in
            transaction.write(statement)
            transaction.audit(entry)
        }
    }
}

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

/// A tenant's logo, shown to mailbox owners. We store and serve it, because the pages' Content-Security-Policy allows no
/// other host, and no other host should learn of the visit.
package struct TenantLogo: Sendable, Equatable {
    package enum MediaType: String, Sendable, CaseIterable {
        case png = "image/png"
        case jpeg = "image/jpeg"
        case webp = "image/webp"
    }

    package let mediaType: MediaType
    package let bytes: [UInt8]

    package static let maximumBytes = 256 * 1024

    package enum Problem: Error { case tooLarge, notAnImage }

    /// - Throws: if it is larger than 256 KiB, or does not begin like a PNG, JPEG or WebP. SVG is excluded because it can
    ///   contain scripts.
    package init(_ bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= Self.maximumBytes else { throw .tooLarge }
        guard let mediaType = MediaType(firstBytes: bytes) else { throw .notAnImage }
        self.init(mediaType: mediaType, bytes: bytes)
    }

    /// Creates a stored logo, which was checked before it was stored.
    package init(mediaType: MediaType, bytes: [UInt8]) {
        self.mediaType = mediaType
        self.bytes = bytes
    }

    package var digest: [UInt8] { Array(SHA256.hash(data: bytes)) }
}

extension TenantLogo.MediaType {
    /// Recognises the formats by their signatures (PNG 5.2; JPEG's SOI and the next marker; RIFF with the form WEBP).
    package init?(firstBytes bytes: [UInt8]) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.count > 12, bytes.starts(with: "RIFF".utf8), bytes[8..<12].elementsEqual("WEBP".utf8) {
            self = .webp
        } else {
            return nil
        }
    }
}
