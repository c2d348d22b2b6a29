import Foundation

/// The certificates that an engine trusts: the system's, and those of one more file.
///
/// libcurl takes one file, so the two are joined, once, into a temporary file that lives as long as this object.
final class TrustedCertificates: Sendable {
    /// What libcurl is given; nil for its own default.
    let path: String?

    private static let systemFiles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]

    init(adding file: String?) throws(OutboundError) {
        guard let file else {
            path = nil
            return
        }
        guard let added = FileManager.default.contents(atPath: file) else { throw .tls(.localSettings) }
        let system = Self.systemFiles.lazy.compactMap { FileManager.default.contents(atPath: $0) }.first ?? Data()
        let joined = FileManager.default.temporaryDirectory.appendingPathComponent("hearth-ca-\(UUID().uuidString).pem")
        guard
            FileManager.default.createFile(
                atPath: joined.path, contents: system + Data("\n".utf8) + added, attributes: [.posixPermissions: 0o600])
        else { throw .tls(.localSettings) }
        path = joined.path
    }

    deinit {
        if let path { try? FileManager.default.removeItem(atPath: path) }
    }
}
