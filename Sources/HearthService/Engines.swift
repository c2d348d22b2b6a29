import HearthCore
import Outbound

/// The outbound engines: Microsoft's known hosts, the addresses that partners name, and tenants' OpenID providers. They
/// never share a connection, and none can use up what another needs.
struct Engines: Sendable {
    let microsoft: OutboundEngine
    let webhooks: OutboundEngine
    let openID: OutboundEngine
}

extension Engines {
    init(_ settings: Settings) throws {
        self.init(
            microsoft: try OutboundEngine(.microsoft(settings)), webhooks: try OutboundEngine(.webhooks(settings)),
            openID: try OutboundEngine(.openID(settings)))
    }

    func shutdown() async {
        await microsoft.shutdown()
        await webhooks.shutdown()
        await openID.shutdown()
    }
}
