import StrictJSON

/// The fields of a form in the order in which they were sent, with unparsed names.
struct FormFields: Sendable, Equatable {
    /// One name and its value.
    struct Field: Sendable, Equatable {
        let name: String
        let text: String
    }

    /// The maximum number of fields. No call accepts a quarter of that.
    static let maximumCount = 200
    /// The maximum length of a name in bytes.
    static let maximumNameLength = 255
    /// The maximum number of brackets in a name.
    static let maximumDepth = 8

    private(set) var fields: [Field] = []

    /// Adds a field, within the limits above.
    mutating func append(name: String, text: String) throws(APIError) {
        guard fields.count < Self.maximumCount else {
            throw .malformedForm("it has more than \(Self.maximumCount) fields")
        }
        guard name.utf8.count <= Self.maximumNameLength else {
            throw .malformedForm("the name of a field is longer than \(Self.maximumNameLength) bytes")
        }
        fields.append(Field(name: name, text: text))
    }

    /// Returns the fields as an object: `settings[from]` nests, `tags[]` collects, and the last of a repeated plain name
    /// wins.
    func tree() throws(APIError) -> JSONObject { try root().object }

    /// Returns the fields as a body, in which a repeated plain name keeps all its values: the reader knows whether it is a
    /// list.
    func body() throws(APIError) -> ParsedBody {
        let root = try root()
        let repeated = root.repeatedNames
        return ParsedBody(form: root.object(collecting: repeated), repeatedNames: repeated)
    }

    private func root() throws(APIError) -> FormNode.Group {
        var root = FormNode.Group()
        for field in fields {
            guard let path = Self.path(of: field.name) else {
                throw .malformedForm("the name of a field has more than \(Self.maximumDepth) brackets")
            }
            root.insert(field.text, at: path[...])
        }
        return root
    }

    /// Splits `a[b][]` into `a`, `b` and the empty name; nil if it is too deep. Unbalanced brackets belong to the name.
    private static func path(of name: String) -> [String]? {
        guard let opening = name.firstIndex(of: "["), opening != name.startIndex, name.last == "]" else {
            return [name]
        }
        var path = [String(name[..<opening])]
        var rest = name[opening...]
        while !rest.isEmpty {
            guard rest.first == "[", let closing = rest.firstIndex(of: "]") else { return [name] }
            path.append(String(rest[rest.index(after: rest.startIndex)..<closing]))
            rest = rest[rest.index(after: closing)...]
            if path.count > maximumDepth + 1 { return nil }
        }
        return path
    }
}

/// A form while its fields are being inserted.
private enum FormNode {
    /// One value, or several under the same plain name.
    case text(String, before: [String] = [])
    case list([FormNode])
    case group(Group)

    /// Fields by name, in order of first appearance. Linear search is fine: a form has at most 200 fields.
    struct Group {
        var members: [(name: String, node: FormNode)] = []

        mutating func insert(_ text: String, at path: ArraySlice<String>) {
            guard let name = path.first else { return }
            if let index = members.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
                members[index].node.insert(text, at: path.dropFirst())
            } else {
                members.append((name, FormNode(text, at: path.dropFirst())))
            }
        }

        var object: JSONObject { object(collecting: []) }

        func object(collecting names: Set<String>) -> JSONObject {
            JSONObject(
                members.map { name, node in
                    JSONObject.Member(name: name, value: names.contains(name) ? node.texts : node.value)
                })
        }

        var repeatedNames: Set<String> {
            Set(
                members.filter { if case .text(_, let before) = $0.node { !before.isEmpty } else { false } }.map(\.name)
            )
        }

        /// PHP writes lists as `tags[0]=…&tags[1]=…`.
        var isList: Bool {
            members.enumerated().allSatisfy { $0.element.name == String($0.offset) }
        }
    }

    init(_ text: String, at path: ArraySlice<String>) {
        guard let name = path.first else {
            self = .text(text)
            return
        }
        let inner = FormNode(text, at: path.dropFirst())
        self = name.isEmpty ? .list([inner]) : .group(Group(members: [(name, inner)]))
    }

    /// Adds a value below this node; if the node has another type, the later field wins.
    mutating func insert(_ text: String, at path: ArraySlice<String>) {
        switch self {
        case .list(var elements) where path.first?.isEmpty == true:
            self = .text("")  // so that the elements are not copied
            elements.append(FormNode(text, at: path.dropFirst()))
            self = .list(elements)
        case .text(let last, let before) where path.isEmpty:
            self = .text(text, before: before + [last])
        case .group(var group) where path.first?.isEmpty == false:
            self = .text("")
            group.insert(text, at: path)
            self = .group(group)
        default:
            self = FormNode(text, at: path)
        }
    }

    /// All values under a plain name, as a list.
    var texts: JSONValue {
        guard case .text(let last, let before) = self else { return value }
        return .array((before + [last]).map(JSONValue.string))
    }

    var value: JSONValue {
        switch self {
        case .text(let text, _): .string(text)
        case .list(let elements): .array(elements.map(\.value))
        case .group(let group) where group.isList: .array(group.members.map(\.node.value))
        case .group(let group): .object(group.object)
        }
    }
}
