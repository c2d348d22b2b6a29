import Foundation
import HearthRules
import Hummingbird
import Testing
import Yams

@testable import HearthService

/// openapi.yaml and the router name the same operations.
@Suite("The contract")
struct OpenAPITests {
    private static let methods = ["get", "post", "put", "patch", "delete"]

    private func document() throws -> [String: Any] {
        let directory = ProcessInfo.processInfo.environment["HEARTH_SHARE_DIR"] ?? "."
        let text = try String(contentsOfFile: directory + "/openapi.yaml", encoding: .utf8)
        return try #require(try Yams.load(yaml: text) as? [String: Any])
    }

    private func operations() throws -> [(name: String, operation: [String: Any])] {
        let paths = try #require(try document()["paths"] as? [String: [String: Any]])
        return paths.flatMap { path, item in
            item.compactMap { method, operation in
                guard Self.methods.contains(method), let operation = operation as? [String: Any] else { return nil }
                return ("\(method.uppercased()) \(path)", operation)
            }
        }
    }

    @Test("the router answers exactly what the document names")
    func sameOperations() async throws {
        let routed = try await RoutedOperations.names()
        #expect(Set(try operations().map(\.name)) == Set(routed))
        #expect(Set(routed).count == routed.count)
    }

    @Test("every operation has an id of its own, a summary, and answers for what may go wrong")
    func completeOperations() throws {
        let operations = try operations()
        #expect(Set(operations.compactMap { $0.operation["operationId"] as? String }).count == operations.count)
        for (name, operation) in operations {
            let responses = try #require(operation["responses"] as? [String: Any])
            #expect(operation["summary"] != nil, "\(name)")
            #expect(responses["405"] != nil, "\(name)")
            guard name.contains("/api/v1/") else { continue }
            for status in ["401", "403", "500", "503"] { #expect(responses[status] != nil, "\(name) \(status)") }
        }
    }

    @Test("every event that an endpoint may subscribe to and that is sent has its webhook")
    func webhooks() throws {
        let webhooks = try #require(try document()["webhooks"] as? [String: Any])
        let later: Set = ["campaign.created", "campaign.connection_problem"]
        #expect(Set(webhooks.keys) == Set(EventType.all).subtracting(later))
    }
}
