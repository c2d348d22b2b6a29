/// Host names that no public service has, whatever they resolve to here.
enum SpecialNames {
    /// Names for the local machine (RFC 6761, section 6.3).
    private static let loopback = ["localhost"]

    /// Suffixes of names that resolve only in private networks or not at all: RFC 6761 (`test`, `invalid`), RFC 6762
    /// (`local`), RFC 8375 (`home.arpa`), RFC 7686 (`onion`), RFC 9476 (`alt`), ICANN's resolution 2024.07.29.06
    /// (`internal`), and `localdomain`, which many hosts files contain.
    private static let unlisted = ["local", "localdomain", "internal", "home.arpa", "test", "invalid", "onion", "alt"]

    /// - Parameter name: in lower case and without a trailing dot, like ``TargetURL/host``.
    static func isLoopback(_ name: String) -> Bool { isWithin(loopback, name) }

    /// Whether the name is outside the public DNS. For names without a dot, see RFC 7085.
    static func isUnlisted(_ name: String) -> Bool { !name.contains(".") || isWithin(unlisted, name) }

    private static func isWithin(_ ends: [String], _ name: String) -> Bool {
        ends.contains { name == $0 || name.hasSuffix("." + $0) }
    }
}
