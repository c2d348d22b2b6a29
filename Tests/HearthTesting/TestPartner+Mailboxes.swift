import Foundation
import HTTPTypes
package import HummingbirdTesting
import MicrosoftSimulator
package import StrictJSON
import Testing

/// A link for the owner of a mailbox.
package struct TestLink: Sendable {
    /// Microsoft's page.
    package let url: String
    package let consent: Int64

    package init(url: String, consent: Int64) {
        self.url = url
        self.consent = consent
    }
}

/// Connecting mailboxes the way owners do: by a link, Microsoft's page, and the callback.
extension TestPartner {
    /// - Parameter members: of the request beside `email`, such as `"permission_level":"send"`.
    package func link(_ email: String, _ members: String = "") async throws -> TestLink {
        let answer = try await call(
            .post, "/campaigns/ms-graph", #"{"email":"\#(email)"\#(members.isEmpty ? "" : ",")\#(members)}"#)
        return TestLink(
            url: try #require(answer.data?["url"]?.asString, "\(answer.text)"),
            consent: try #require(answer.data?["consent_id"]?.asInteger))
    }

    /// Connects a mailbox that the owner accepts.
    ///
    /// - Returns: the id of its campaign.
    package func connect(_ email: String) async throws -> Int64 {
        let link = try await link(email)
        let page = try await service.follow(link.url)
        try #require(page.text.contains("Your mailbox is connected"), "\(page.text)")
        return try #require(try await consent(link)["campaign_id"]?.asInteger)
    }

    /// The consent as the API shows it.
    package func consent(_ link: TestLink) async throws -> JSONObject {
        try #require(try await call(.get, "/consents/\(link.consent)").data)
    }

    /// The campaign as the API shows it.
    package func campaign(_ id: Int64) async throws -> JSONObject {
        try #require(try await call(.get, "/campaigns/\(id)").data)
    }

    /// Its events since a position of its feed, the oldest first.
    package func events(after position: Int64 = 0) async throws -> [TestEvent] {
        let answer = try await call(.get, "/webhooks/events?after=\(position)&limit=100")
        return try #require(answer.json?["data"]?.asArray).map { try TestEvent($0) }
    }
}

/// An event of a feed, or of a delivery.
package struct TestEvent: Sendable {
    package let id: String
    package let type: String
    package let sequence: Int64
    /// Nil in a delivery.
    package let position: Int64?
    package let data: JSONObject

    package init(_ value: JSONValue) throws {
        let event = try #require(value.asObject)
        id = try #require(event["event_id"]?.asString)
        type = try #require(event["type"]?.asString)
        sequence = try #require(event["sequence"]?.asInteger)
        position = event["position"]?.asInteger
        data = try #require(event["data"]?.asObject)
    }
}

extension TestService {
    /// The owner's choice on Microsoft's page.
    ///
    /// - Parameters:
    ///   - decision: as the simulator names it: `accept`, `decline`, `admin_required` and others.
    ///   - account: with which the owner signs in; nil for the one that the link names.
    /// - Returns: the path of the service that Microsoft redirects to.
    package func authorize(
        _ url: String, decision: String = "accept", account: String? = nil
    ) async throws -> String {
        let address = try #require(url.firstRange(of: "//"))
        let path = try #require(url[address.upperBound...].firstIndex(of: "/"))
        var uri = url[path...] + "&simulator_decision=\(decision)"
        if let account { uri += "&simulator_account=\(account)" }
        let answer = try await browser.execute(uri: String(uri), method: .get)
        let location = try #require(answer.headers[.location], "\(answer.status) \(answer.text)")
        try #require(location.hasPrefix(Self.publicURL))
        return String(location.dropFirst(Self.publicURL.count))
    }

    /// Follows a link from Microsoft's page to the result page; returns the latter.
    package func follow(
        _ url: String, decision: String = "accept", account: String? = nil
    ) async throws -> TestResponse {
        try await open(try await authorize(url, decision: decision, account: account))
    }

    /// Opens a page of the service and follows its redirect.
    package func open(_ uri: String) async throws -> TestResponse {
        let answer = try await get(uri)
        guard answer.status == .seeOther, let location = answer.headers[.location] else { return answer }
        return try await get(location)
    }
}
