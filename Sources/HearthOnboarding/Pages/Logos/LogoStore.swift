package import Foundation
package import HearthCore
import HearthRules
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
