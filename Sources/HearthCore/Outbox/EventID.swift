/// The id of an event: `evt_<tenant>_<position>`.
package struct EventID: Sendable, Hashable {
    package let tenant: Int64
    package let position: Int64

    package init(tenant: Int64, position: Int64) {
        self.tenant = tenant
        self.position = position
    }

    package var text: String { "evt_\(tenant)_\(position)" }

    /// Parses ``text``; returns nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "evt", let tenant = Int64(parts[1]), tenant > 0,
            let position = Int64(parts[2]), position > 0
        else { return nil }
        self.init(tenant: tenant, position: position)
    }

    /// Returns the position to look up among a tenant's events: 0, which never exists, for another tenant's event, so that the
    /// lookup takes equally long.
    package func position(for tenant: Int64) -> Int64 { self.tenant == tenant ? position : 0 }
}
