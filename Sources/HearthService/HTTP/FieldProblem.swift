/// What is wrong with one field of a request. The message never repeats what was sent.
struct FieldProblem: Sendable, Equatable {
    /// The field as the caller spelled it; nested ones as `settings.from`, elements as `tags[2]`.
    let field: String
    /// What the field must be, as a clause: "must be between 0 and 100".
    let message: String
}
