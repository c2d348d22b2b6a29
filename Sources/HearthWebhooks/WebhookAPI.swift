package import HearthCore
import Hummingbird

/// Webhook endpoints, deliveries and events.
package struct WebhookAPI: PartnerFeature {
    let dependencies: Dependencies
    package let tests: EndpointTester

    package init(dependencies: Dependencies, tests: EndpointTester) {
        self.dependencies = dependencies
        self.tests = tests
    }

    package func addRoutes(to partners: PartnerRoutes) {
        let endpoints = EndpointRoutes(dependencies, tests: tests)
        let deliveries = DeliveryRoutes(dependencies)
        let events = EventRoutes(database: dependencies.database)
        let replays = ReplayRoutes(dependencies)
        let reading = partners.reading(.webhooks)
        reading.get("webhooks/endpoints", use: endpoints.list)
        reading.get("webhooks/endpoints/:id", use: endpoints.get)
        reading.get("webhooks/endpoints/:id/deliveries", use: deliveries.listOfEndpoint)
        reading.get("webhooks/deliveries", use: deliveries.list)
        reading.get("webhooks/deliveries/:id", use: deliveries.get)
        reading.get("webhooks/events", use: events.list)
        reading.get("webhooks/events/:event_id", use: events.get)
        let writing = partners.writing(.webhooks)
        writing.post("webhooks/endpoints", use: endpoints.create)
        writing.patch("webhooks/endpoints/:id", use: endpoints.update)
        writing.delete("webhooks/endpoints/:id", use: endpoints.delete)
        writing.post("webhooks/endpoints/:id/rotate-secret", use: endpoints.rotateSecret)
        writing.post("webhooks/endpoints/:id/test", .asksOutside, use: endpoints.test)
        writing.post("webhooks/endpoints/:id/replay", use: replays.replaySince)
        writing.post("webhooks/events/:event_id/replay", use: replays.replay)
    }
}
