import Foundation
import HTTPTypes
import Hummingbird

/// One request, fully read, with the parts that handlers need.
struct Exchange: Sendable {
    let method: HTTPRequest.Method
    /// As sent, without the query.
    let path: String
    /// The path's segments, percent-decoded.
    let segments: [String]
    let query: FormFields
    let headers: HTTPFields
    let body: Data
    /// In lower case, without parameters.
    let contentType: String
    /// The body's fields if it is a form, otherwise none.
    let form: FormFields
    /// The base URL at which the client reached the simulator, used in issuers, endpoints and links.
    let baseURL: String

    init(method: HTTPRequest.Method, target: String, headers: HTTPFields, body: Data, baseURL: String) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        self.path = String(halves.first ?? "/")
        self.segments = path.split(separator: "/").map { FormFields.percentDecode($0) }
        self.query = halves.count > 1 ? FormFields(parsing: halves[1]) : FormFields()
        self.headers = headers
        self.body = body
        self.baseURL = baseURL
        let type = (headers[.contentType] ?? "").split(separator: ";").first
        contentType = type.map { $0.trimmingCharacters(in: .whitespaces).lowercased() } ?? ""
        form =
            contentType == "application/x-www-form-urlencoded"
            ? FormFields(parsing: String(decoding: body, as: UTF8.self)) : FormFields()
    }

    /// The query of a GET or the form of a POST: authorize accepts both.
    var parameters: FormFields {
        method == .post
            ? FormFields(query.pairs.map { ($0.name, $0.value) } + form.pairs.map { ($0.name, $0.value) }) : query
    }

    func header(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { headers[$0] }
    }

    /// The access token of `Authorization: Bearer ...`.
    var bearerToken: String? {
        guard let value = headers[.authorization], value.lowercased().hasPrefix("bearer ") else { return nil }
        let token = value.dropFirst("bearer ".count).trimmingCharacters(in: .whitespaces)
        return token.isEmpty ? nil : token
    }
}
