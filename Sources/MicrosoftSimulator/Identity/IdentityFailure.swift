import Foundation

/// An error of the identity platform: an OAuth error, nearly always with an AADSTS number.
struct IdentityFailure: Error, Sendable, Equatable {
    var error: String
    var code: Int?
    var text: String
    /// At the token endpoint: 401 for `invalid_client`, 400 for nearly all others.
    var status: Int
    var suberror: String?
    /// A claims challenge: JSON as text.
    var claims: String?

    /// The catalogue's entry for `code`, with `%1`, `%2` of its text replaced by `details`.
    init(_ code: Int, _ details: String...) {
        let entry = AADSTS.entry(code)
        var text = entry.text
        for (index, detail) in details.enumerated() {
            text = text.replacingOccurrences(of: "%\(index + 1)", with: detail)
        }
        self.init(error: entry.error, code: code, text: text, status: entry.status, suberror: entry.suberror)
    }

    init(error: String, code: Int?, text: String, status: Int? = nil, suberror: String? = nil) {
        self.error = error
        self.code = code
        self.text = text
        self.status = status ?? (error == "invalid_client" ? 401 : 400)
        self.suberror = suberror
    }

    /// The same error under another OAuth error: sources disagree for some numbers.
    func reported(as error: String) -> IdentityFailure {
        var other = IdentityFailure(error: error, code: code, text: text, suberror: suberror)
        other.claims = claims
        return other
    }

    func challenging(_ claims: String) -> IdentityFailure {
        var other = self
        other.claims = claims
        return other
    }

    /// Some numbers appear only in the description.
    var listedCodes: [Int] {
        code.map { $0 == 530003 ? [] : [$0] } ?? []
    }

    /// `AADSTS54005: OAuth2 Authorization code was already redeemed, ...`
    var description: String {
        code.map { "AADSTS\($0): \(text)" } ?? text
    }
}
