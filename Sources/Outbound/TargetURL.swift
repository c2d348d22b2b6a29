import CLibCurl

/// An absolute http or https URL, parsed by libcurl's own parser, so that the URL checked is the URL called.
///
/// Parsing undoes numeric tricks: `https://2130706433/` becomes `https://127.0.0.1/`.
package struct TargetURL: Sendable, Hashable {
    /// The schemes that a target may have.
    package enum Scheme: String, Sendable {
        case http
        case https
    }

    /// The maximum length of a URL in bytes.
    package static let maximumLength = 2048

    /// The normalised URL.
    package let text: String
    package let scheme: Scheme
    /// The host in lower case; an IPv6 address without brackets.
    package let host: String
    package let port: UInt16
    /// The address, if the host is one.
    package let address: IPAddress?

    /// Whether the host is an address rather than a name.
    package var isIPLiteral: Bool { address != nil }

    /// Scheme, host and port, which are safe to log. Paths and queries can contain secrets.
    package var origin: String {
        let shownHost = host.contains(":") ? "[\(host)]" : host
        return "\(scheme.rawValue)://\(shownHost):\(port)"
    }

    package init(_ text: String, allowsPlainHTTP: Bool = false) throws(TargetURLError) {
        try Self.checkCharacters(of: text)
        guard let handle = curl_url() else { throw .malformed }
        defer { curl_url_cleanup(handle) }
        try Self.parse(text, into: handle)

        guard let scheme = Scheme(rawValue: Self.part(CURLUPART_SCHEME, of: handle) ?? ""),
            scheme == .https || allowsPlainHTTP
        else { throw .unsupportedScheme }
        if Self.part(CURLUPART_USER, of: handle) != nil || Self.part(CURLUPART_PASSWORD, of: handle) != nil {
            throw .userInformation
        }
        // libcurl also accepts one slash or three.
        guard text.dropFirst(scheme.rawValue.count).hasPrefix("://"),
            !text.dropFirst(scheme.rawValue.count).hasPrefix(":///")
        else { throw .invalidHost }
        let host = try TargetHost(Self.part(CURLUPART_HOST, of: handle), zone: Self.part(CURLUPART_ZONEID, of: handle))
        guard let digits = Self.part(CURLUPART_PORT, of: handle, flags: UInt32(CURLU_DEFAULT_PORT)),
            let port = UInt16(digits), port > 0
        else { throw .invalidPort }
        guard curl_url_set(handle, CURLUPART_HOST, host.asURLPart, 0) == CURLUE_OK,
            let normalised = Self.part(CURLUPART_URL, of: handle), normalised.utf8.count <= Self.maximumLength
        else { throw .malformed }

        self.text = normalised
        self.scheme = scheme
        self.host = host.name
        self.port = port
        address = host.address
    }

    /// Rejects input that URL parsers are known to interpret differently, before any parser sees it.
    private static func checkCharacters(of text: String) throws(TargetURLError) {
        if text.isEmpty { throw .empty }
        if text.utf8.count > maximumLength { throw .tooLong }
        for byte in text.utf8 {
            if byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "\\") { throw .forbiddenCharacter }
            if byte == UInt8(ascii: "#") { throw .fragment }
        }
    }

    private static func parse(_ text: String, into handle: OpaquePointer) throws(TargetURLError) {
        switch curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER)) {
        case CURLUE_OK: break
        case CURLUE_UNSUPPORTED_SCHEME, CURLUE_BAD_SCHEME: throw .unsupportedScheme
        case CURLUE_USER_NOT_ALLOWED: throw .userInformation
        case CURLUE_BAD_PORT_NUMBER: throw .invalidPort
        case CURLUE_BAD_HOSTNAME, CURLUE_BAD_IPV6, CURLUE_NO_HOST: throw .invalidHost
        default: throw .malformed
        }
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}

extension TargetURL: CustomStringConvertible {
    /// Without path and query, which can contain secrets; ``text`` is the whole URL.
    package var description: String { origin }
}

/// Why a URL is not accepted as a target. The texts never repeat the URL.
package enum TargetURLError: String, Error, Sendable, CaseIterable {
    case empty = "the URL is empty"
    case tooLong = "the URL is longer than 2048 bytes"
    /// Control characters, spaces, backslashes and non-ASCII characters: parsers disagree about them.
    case forbiddenCharacter = "the URL contains a character that must be percent-encoded"
    case malformed = "the URL cannot be read"
    case unsupportedScheme = "the URL must begin with https://"
    case userInformation = "the URL must not contain a user name or password"
    case fragment = "the URL must not contain a fragment"
    case invalidHost = "the URL's host is not a valid name or address"
    case invalidPort = "the URL's port is not valid"
}

extension TargetURLError: CustomStringConvertible {
    package var description: String { rawValue }
}
