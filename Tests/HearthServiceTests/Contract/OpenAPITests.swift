import Foundation
import HearthRules
import Hummingbird
import Testing
import Yams

@testable import HearthCore

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

    @Test("every error answer in JSON shows its codes by examples")
    func errorExamples() throws {
        let components = try #require(try document()["components"] as? [String: Any])
        let shared = try #require(components["responses"] as? [String: [String: Any]])
        // The 503 of readiness is not an error response: it has a status and no code.
        for (name, operation) in try operations() where !name.hasSuffix(" /readyz") {
            let responses = try #require(operation["responses"] as? [String: [String: Any]])
            for (status, answer) in responses where status.hasPrefix("4") || status.hasPrefix("5") {
                let reference = (answer["$ref"] as? String)?.split(separator: "/").last
                let response = reference.flatMap { shared[String($0)] } ?? answer
                let content = try #require(response["content"] as? [String: [String: Any]], "\(name) \(status)")
                // A page for an owner has no code.
                guard let json = content["application/json"] else { continue }
                let examples = json["examples"] as? [String: [String: Any]] ?? [:]
                let codes = examples.values.compactMap { ($0["value"] as? [String: Any])?["code"] as? String }
                #expect(!codes.isEmpty && codes.count == examples.count, "\(name) \(status)")
            }
        }
    }

    @Test("every event that an endpoint may subscribe to and that is sent has its webhook")
    func webhooks() throws {
        let webhooks = try #require(try document()["webhooks"] as? [String: Any])
        let later: Set = ["campaign.created"]
        // A test event is sent only on request, so nobody subscribes to it.
        #expect(Set(webhooks.keys) == Set(EventType.all).subtracting(later).union(["webhook.test"]))
    }

    private func schemas() throws -> [String: Any] {
        let components = try #require(try document()["components"] as? [String: Any])
        return try #require(components["schemas"] as? [String: Any])
    }

    /// Generators cannot handle a type whose only value is null.
    @Test("no schema allows null alone")
    func nullAlone() throws {
        func look(at node: Any, path: String) {
            if let object = node as? [String: Any] {
                let type = object["type"]
                let standalone = type as? String == "null" || (type as? [String]) == ["null"]
                // As one of several, it makes a reference nullable.
                #expect(!standalone || path.contains("/anyOf/"), "\(path)")
                for (name, value) in object { look(at: value, path: path + "/" + name) }
            } else if let list = node as? [Any] {
                for (index, value) in list.enumerated() { look(at: value, path: path + "/\(index)") }
            }
        }
        look(at: try document(), path: "")
    }

    @Test("no schema has a name that a language has already")
    func names() throws {
        let taken: Set = [
            "Any", "Array", "Boolean", "Date", "Decimal", "Double", "Error", "Exception", "File", "Float", "Function",
            "Integer",
            "List", "Long", "Map", "Number", "Object", "Promise", "Record", "Request", "Response", "Result", "Set",
            "String",
            "Symbol", "Type",
        ]
        #expect(taken.isDisjoint(with: try schemas().keys))
    }

    @Test("the operations of webhooks share no tag with those of paths, or a generator writes both into one file")
    func webhookTags() throws {
        let webhooks = try #require(try document()["webhooks"] as? [String: [String: Any]])
        let tags = webhooks.values.compactMap { ($0["post"] as? [String: Any])?["tags"] as? [String] }.flatMap(\.self)
        #expect(Set(tags).isDisjoint(with: try operations().flatMap { $0.operation["tags"] as? [String] ?? [] }))
    }

    @Test("the problems of a domain are those of the rules")
    func domainProblems() throws {
        let codes = try #require(try schemas()["DomainProblemCode"] as? [String: Any])
        #expect(codes["enum"] as? [String] == DomainProblem.Code.allCases.map(\.rawValue))
    }
}
