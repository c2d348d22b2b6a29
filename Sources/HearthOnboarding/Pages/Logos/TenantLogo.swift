import Crypto
import Foundation

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
