package import Outbound

extension OutboundEngine.Configuration {
    package static func microsoft(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = OutboundEngine.Configuration(name: "microsoft", policy: .unrestricted)
        configuration.proxy = settings.microsoftProxy
        configuration.caFile = settings.certificateAuthorities
        configuration.allowsPlainHTTP = settings.isDevelopment
        return configuration
    }

    /// For requests to the service's own public URL, which do not use the proxy to Microsoft.
    package static func publicURL(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = microsoft(settings)
        configuration.name = "public-url"
        configuration.proxy = nil
        return configuration
    }

    package static func webhooks(_ settings: Settings) -> OutboundEngine.Configuration {
        let networks = settings.webhookNetworks + (settings.isDevelopment ? CIDR.loopback : [])
        var configuration = OutboundEngine.Configuration(name: "webhooks", policy: AddressPolicy(allowing: networks))
        configuration.allowsPlainHTTP = settings.allowsPlainHTTPWebhooks
        return configuration
    }

    /// Restricted like the engine of webhooks. Any visitor of the sign-in page can cause these calls, so few are allowed at
    /// once.
    package static func openID(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = webhooks(settings)
        configuration.name = "openid"
        configuration.maximumConnections = 32
        configuration.maximumWaiting = 64
        return configuration
    }
}
