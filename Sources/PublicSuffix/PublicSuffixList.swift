import CLibPSL

/// The Public Suffix List (https://publicsuffix.org): the domains under which organisations register their own.
///
/// `@unchecked Sendable`: the list is only read once loaded, and libpsl's lookups keep no state.
package final class PublicSuffixList: @unchecked Sendable {
    /// Nil only if libpsl was built without a list; no organisational domain is then known.
    private let list: OpaquePointer?

    /// Loads the newer of libpsl's built-in list and the one that the package `publicsuffix` keeps up to date.
    package init() {
        list = psl_latest(nil)
    }

    deinit { psl_free(list) }

    /// Returns the domain one label below the public suffix (RFC 7489, section 3.2): `contoso.co.uk` for
    /// `mail.contoso.co.uk`. Nil if the domain is itself a public suffix.
    ///
    /// - Parameter domain: in ASCII and lower case, without a trailing dot.
    package func organizationalDomain(of domain: String) -> String? {
        domain.withCString { start in
            psl_registrable_domain(list, start).map { String(cString: $0) }
        }
    }
}
