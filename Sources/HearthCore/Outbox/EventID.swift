/// Names an event: `evt_<tenant>_<position>`.
package struct EventID: Sendable, Hashable {
    package let tenant: Int64
    package let position: Int64

    package init(tenant: Int64, position: Int64) {
        self.tenant = tenant
        self.position = position
    }

    package var text: String { "evt_\(tenant)_\(position)" }

    /// Nil for what `text` cannot be.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "evt", let tenant = Int64(parts[1]), tenant > 0,
            let position = Int64(parts[2]), position > 0
        else { return nil }
        self.init(tenant: tenant, position: position)
    }

    /// The position to look for among a tenant's events: 0, where none is, for another tenant's, so that it is looked
    /// for as long as any.
    package func position(for tenant: Int64) -> Int64 { self.tenant == tenant ? position : 0 }
}
