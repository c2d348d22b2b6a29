import Foundation
import HearthCore
import HearthOnboarding
import StrictJSON

extension Operator {
    /// - Parameter path: a PNG, JPEG or WebP of at most 256 KiB; nil removes the tenant's logo.
    package func setLogo(of id: Int64, file path: String?) async throws -> Answer {
        _ = try await require(tenant: id)
        let store = LogoStore(database: database)
        guard let path else {
            try await store.remove(
                from: id,
                noting: try await entry("tenant.logo", tenant: id, outcome: "removed", at: try await now()))
            return Answer(text: "Tenant \(id) has no logo.") { json in
                json.member("tenant_id", id)
                json.null("logo_path")
            }
        }
        let logo = try Self.logo(in: path)
        let now = try await now()
        let entry = try await entry("tenant.logo", tenant: id, outcome: "set", at: now)
        try await store.store(logo, for: id, at: now, noting: entry)
        let place = LogoStore.path(tenant: id, digest: logo.digest)
        return Answer(text: "Tenant \(id) has the logo \(settings.publicURL)\(place)") { json in
            json.member("tenant_id", id)
            json.member("logo_path", place)
            json.member("media_type", logo.mediaType.rawValue)
            json.member("bytes", logo.bytes.count)
        }
    }

    private static func logo(in path: String) throws -> TenantLogo {
        // Reads at most one byte more than allowed, which shows that a file is too large.
        guard let file = FileHandle(forReadingAtPath: path) else { throw OperatorRefusal("\(path) cannot be read") }
        defer { try? file.close() }
        do {
            return try TenantLogo(Array(try file.read(upToCount: TenantLogo.maximumBytes + 1) ?? Data()))
        } catch TenantLogo.Problem.tooLarge {
            throw OperatorRefusal("\(path) is larger than \(TenantLogo.maximumBytes / 1024) KiB")
        } catch TenantLogo.Problem.notAnImage {
            throw OperatorRefusal("\(path) is not a PNG, JPEG or WebP image")
        }
    }
}
