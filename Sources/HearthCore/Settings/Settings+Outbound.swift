package import Outbound

extension OutboundEngine.Configuration {
    package static func microsoft(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = OutboundEngine.Configuration(name: "microsoft", policy: .unrestricted)
        configuration.proxy = settings.microsoftProxy
        configuration.caFile = settings.certificateAuthorities
        configuration.allowsPlainHTTP = settings.isDevelopment
        return configuration
    }

    /// For the service's own address, as owners' browsers reach it: not through the proxy to Microsoft.
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

    /// Guarded like the webhooks' engine. Whoever visits the sign-in page can cause such calls, so there are few at once.
    package static func openID(_ settings: Settings) -> OutboundEngine.Configuration {
        var configuration = webhooks(settings)
        configuration.name = "openid"
        configuration.maximumConnections = 32
        configuration.maximumWaiting = 64
        return configuration
    }
}
