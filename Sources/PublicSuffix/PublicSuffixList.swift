import CLibPSL

/// The Public Suffix List (https://publicsuffix.org): under which domains organisations register theirs.
///
/// `@unchecked Sendable`: the list is only read after it was loaded, and libpsl's lookups keep no state.
package final class PublicSuffixList: @unchecked Sendable {
    /// Nil, and then no domain is known to be an organisation's, only where libpsl was built without a list.
    private let list: OpaquePointer?

    /// Loads the newer of the list that libpsl was built with and the one that the package `publicsuffix` keeps up to date.
    package init() {
        list = psl_latest(nil)
    }

    deinit { psl_free(list) }

    /// The domain one label below the public suffix (RFC 7489, section 3.2): `contoso.co.uk` of `mail.contoso.co.uk`. Nil
    /// when the domain is a public suffix itself.
    ///
    /// - Parameter domain: in ASCII and lower case, without a dot at the end.
    package func organizationalDomain(of domain: String) -> String? {
        domain.withCString { start in
            psl_registrable_domain(list, start).map { String(cString: $0) }
        }
    }
}
