import Foundation
import HTTPTypes
import MicrosoftSimulator
import Testing

/// What tests of mail do often.
extension Site {
    static let property = "String {66F5A359-4659-4830-9070-00047EC6AC6E} Name hearth"

    static var immutable: HTTPFields {
        get throws { [try #require(HTTPField.Name("Prefer")): #"IdType="ImmutableId""#] }
    }

    static func items(_ answer: Answer) -> [[String: Any]] {
        answer.json["value"] as? [[String: Any]] ?? []
    }

    static func subjects(_ answer: Answer) -> [String] {
        items(answer).compactMap { $0["subject"] as? String }
    }

    static func ids(_ answer: Answer) -> [String] {
        items(answer).compactMap { $0["id"] as? String }
    }

    /// Puts mails from outside into a mailbox, one second apart.
    func receive(_ subjects: [String], at address: String = "ana@contoso.test") throws {
        for subject in subjects {
            var mail = IncomingMail(from: "someone@outside.example")
            mail.subject = subject
            _ = try #require(simulator.deliver(mail, to: address))
            simulator.advanceClock(seconds: 1)
        }
    }

    func mail(_ method: HTTPRequest.Method, _ path: String, _ body: String, token: String, immutable: Bool = false)
        async throws -> Answer
    {
        var headers: HTTPFields = immutable ? try Self.immutable : [:]
        headers[.contentType] = "application/json"
        return try await send(method, "/v1.0\(path)", token: token, headers: headers, body: body)
    }

    func inbox(_ token: String, _ options: String = "") async throws -> [[String: Any]] {
        Self.items(try await get("/v1.0/me/mailFolders/inbox/messages\(options)", token: token))
    }

    /// Creates a draft and returns its id.
    func draft(_ subject: String, to address: String, more: String = "", token: String, immutable: Bool = false)
        async throws -> String
    {
        let body = #"""
            {"subject":"\#(subject)","toRecipients":[{"emailAddress":{"address":"\#(address)"}}]\#(more)}
            """#
        let made = try await mail(.post, "/me/messages", body, token: token, immutable: immutable)
        #expect(made.status == 201, "\(made.text)")
        return try #require(made.string("id"))
    }

    func sendDraft(_ id: String, token: String) async throws {
        let sent = try await send(.post, "/v1.0/me/messages/\(id)/send", token: token)
        #expect(sent.status == 202, "\(sent.text)")
    }

    /// Follows a link of an answer.
    func follow(_ answer: Answer, _ name: String, token: String, headers: HTTPFields = [:]) async throws -> Answer {
        let link = try #require(answer.string(name), "\(answer.text)")
        return try await get(
            link.replacingOccurrences(of: "http://localhost", with: ""), token: token, headers: headers)
    }
}
