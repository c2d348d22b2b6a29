/// A problem with one field of a request. The message never repeats what was sent.
package struct FieldProblem: Sendable, Equatable {
    /// The field as the caller spelled it; nested fields as `settings.from`, elements as `tags[2]`.
    package let field: String
    /// The requirement, as a clause: "must be between 0 and 100".
    package let message: String

    package init(field: String, message: String) {
        self.field = field
        self.message = message
    }
}
