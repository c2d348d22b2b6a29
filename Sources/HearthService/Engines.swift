import HearthCore
import Outbound

/// The outbound engines: for Microsoft's hosts, for partners' webhook URLs, and for tenants' OpenID providers. They share no
/// connections, and none can exhaust another's resources.
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
