/// The choices of a filter, with `All` first.
enum FilterChoice {
    static func list(_ all: [(value: String, name: String)], chosen: String?) -> [[String: Any]] {
        ([("", "All")] + all).map { ["value": $0.0, "name": $0.1, "isChosen": $0.0 == chosen ?? ""] }
    }
}
