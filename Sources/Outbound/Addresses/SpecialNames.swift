/// Names of hosts that no public service has, whatever they resolve to here.
enum SpecialNames {
    /// RFC 6761, section 6.3: the machine itself.
    private static let loopback = ["localhost"]

    /// Ends of names that only a private network or nobody can resolve: RFC 6761 (`test`, `invalid`), RFC 6762
    /// (`local`), RFC 8375 (`home.arpa`), RFC 7686 (`onion`), RFC 9476 (`alt`), ICANN's resolution 2024.07.29.06
    /// (`internal`), and `localdomain` of many hosts files.
    private static let unlisted = ["local", "localdomain", "internal", "home.arpa", "test", "invalid", "onion", "alt"]

    /// - Parameter name: in lower case and without a dot at the end, as ``TargetURL/host`` has it.
    static func isLoopback(_ name: String) -> Bool { isWithin(loopback, name) }

    /// Whether the public DNS does not have the name. RFC 7085 tells why a name without a dot is among them.
    static func isUnlisted(_ name: String) -> Bool { !name.contains(".") || isWithin(unlisted, name) }

    private static func isWithin(_ ends: [String], _ name: String) -> Bool {
        ends.contains { name == $0 || name.hasSuffix("." + $0) }
    }
}
