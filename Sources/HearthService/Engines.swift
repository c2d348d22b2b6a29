import HearthCore
package import Outbound

/// The outbound engines: for Microsoft's hosts, for partners' webhook URLs, and for tenants' OpenID providers. They share no
/// connections, and none can exhaust another's resources.
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
