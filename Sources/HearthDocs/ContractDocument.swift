import HearthCore
import Yams

/// The contents of openapi.yaml in document order, for the reference page.
struct ContractDocument {
    struct Operation {
        let method: String
        let path: String
        let node: Node
        /// The parameters of the path and of the operation.
        let parameters: [Node]

        var id: String { node["operationId"]?.string ?? "" }
        var tag: String { node["tags"]?.sequence?.first?.string ?? "" }
    }

    let root: Node

    /// - Throws: if the text is not a YAML mapping.
    init(_ text: String) throws {
        guard let root = try Yams.compose(yaml: text), root.mapping != nil else {
            throw SettingsProblem(problems: ["openapi.yaml is not an OpenAPI document"])
        }
        self.root = root
    }

    var tags: [(name: String, description: String)] {
        (root["tags"]?.sequence ?? []).map { ($0["name"]?.string ?? "", $0["description"]?.string ?? "") }
    }

    var operations: [Operation] { operations(in: root["paths"]) }
    var webhooks: [Operation] { operations(in: root["webhooks"]) }
    var schemas: [(name: String, node: Node)] { members(of: root["components"]?["schemas"]) }

    private func operations(in paths: Node?) -> [Operation] {
        members(of: paths).flatMap { path, item in
            members(of: item).compactMap { method, node in
                guard ["get", "post", "put", "patch", "delete"].contains(method) else { return nil }
                let parameters = [item, node].flatMap { Array($0["parameters"]?.sequence ?? []) }
                return Operation(
                    method: method.uppercased(), path: path, node: node, parameters: parameters.map(resolve))
            }
        }
    }

    func members(of node: Node?) -> [(name: String, node: Node)] {
        (node?.mapping ?? [:]).map { ($0.key.string ?? "", $0.value) }
    }

    /// Returns the target of a `$ref`, or the node itself if it is not a reference.
    func resolve(_ node: Node) -> Node {
        guard let reference = node["$ref"]?.string else { return node }
        var target = root
        for part in reference.split(separator: "/").dropFirst() {
            guard let next = target[String(part)] else { return node }
            target = next
        }
        return resolve(target)
    }

    /// Returns the name of the component that a node refers to.
    static func referenceName(_ node: Node) -> String? {
        node["$ref"]?.string?.split(separator: "/").last.map(String.init)
    }
}
