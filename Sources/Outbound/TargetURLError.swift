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
