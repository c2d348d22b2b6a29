package import Foundation
package import HearthWeb
import StrictJSON

/// The body of `POST /keys`.
package struct KeyRequest: Sendable {
    package let name: String
    package let scopes: Set<Scope>
    package let expiresAt: Date?

    /// The allowed values of `expires_in`, up to a year; `expires_at` may be later.
    private static let lifetimeBounds = 60...31_536_000

    package init(_ body: ParsedBody, by identity: Identity, keyExpiresAt: Date?, at now: Date) throws(APIError) {
        var fields = Fields(body)
        let name = fields.string("name", required: true)
        let wanted = fields.list("scopes", count: 1...Scope.allCases.count, length: 1...64)
        let known = wanted?.compactMap(Scope.init) ?? identity.scopes.sorted()
        if let wanted, known.count != wanted.count {
            let names = Scope.allCases.map(\.rawValue).joined(separator: ", ")
            fields.problem("scopes", "must be some of \(names)")
        }
        let lifetime = fields.integer("expires_in", or: "expiresIn", in: Self.lifetimeBounds)
        let end = fields.timestamp("expires_at", or: "expiresAt")
        if lifetime != nil, end != nil { fields.problem("expires_at", "must not be sent with expires_in") }
        if let end, end <= now { fields.problem("expires_at", "must be in the future") }
        try fields.validated()
        guard let name else { throw .validation([FieldProblem(field: "name", message: "is required")]) }
        self.name = name
        scopes = Set(known)
        // A key must not be able to create a key with more scopes or a later end than its own.
        for scope in scopes.sorted() { try identity.require(scope) }
        let asked = end ?? lifetime.map { now.addingTimeInterval(TimeInterval($0)) }
        expiresAt = [asked, keyExpiresAt].compactMap(\.self).min()
    }
}
