import HearthCore
package import Outbound

/// The outbound engines: Microsoft's known hosts, the addresses that partners name, and tenants' OpenID providers. They
/// never share a connection, and none can use up what another needs.
package struct Engines: Sendable {
    package let microsoft: OutboundEngine
    package let webhooks: OutboundEngine
    package let openID: OutboundEngine

    package init(microsoft: OutboundEngine, webhooks: OutboundEngine, openID: OutboundEngine) {
        self.microsoft = microsoft
        self.webhooks = webhooks
        self.openID = openID
    }
}

extension Engines {
    init(_ settings: Settings) throws {
        self.init(
            microsoft: try OutboundEngine(.microsoft(settings)), webhooks: try OutboundEngine(.webhooks(settings)),
            openID: try OutboundEngine(.openID(settings)))
    }

    package func shutdown() async {
        await microsoft.shutdown()
        await webhooks.shutdown()
        await openID.shutdown()
    }
}
