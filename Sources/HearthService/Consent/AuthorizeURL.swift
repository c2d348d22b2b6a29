import Foundation
import HearthRules

/// The direct Microsoft authorize URL of a consent (contracts/microsoft.md 1.2).
///
/// Partners' clients check its origin, its path, `state` and `client_id`, and that it has at most 8,192 characters
/// (Mailivery contract 3.1), so no page of ours stands in between.
struct AuthorizeURL {
    let endpoints: MicrosoftEndpoints
    let clientID: String

    /// - Parameter loginHint: the address asked for; nil lets the owner pick an account, as after a mismatch.
    func text(
        for link: ConsentLink, level: PermissionLevel, withShared: Bool, loginHint: String?
    ) -> String {
        var items = [
            ("client_id", clientID),
            ("response_type", "code"),
            ("redirect_uri", endpoints.redirectURI),
            ("response_mode", "query"),
            ("scope", level.requestedScopes(withShared: withShared).joined(separator: " ")),
            ("state", link.state),
            ("nonce", link.nonce),
            ("code_challenge", link.codeChallenge),
            ("code_challenge_method", "S256"),
        ]
        if let loginHint { items.append(("login_hint", loginHint)) } else { items.append(("prompt", "select_account")) }
        return endpoints.authorize + "?" + FormEncoding.encode(items)
    }
}

/// application/x-www-form-urlencoded with every reserved character escaped, spaces as `%20`: read alike as a query and
/// as a body.
enum FormEncoding {
    static func encode(_ items: [(String, String)]) -> String {
        items.map { "\(escape($0.0))=\(escape($0.1))" }.joined(separator: "&")
    }

    /// RFC 3986 2.1. Foundation's takes a hundred times as long, and every link has eleven of them.
    static func escape(_ text: String) -> String {
        if text.utf8.allSatisfy(isUnreserved) { return text }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count * 3)
        for byte in text.utf8 {
            if isUnreserved(byte) {
                escaped.append(byte)
            } else {
                escaped.append(UInt8(ascii: "%"))
                escaped.append(hexadecimal(byte >> 4))
                escaped.append(hexadecimal(byte & 0x0F))
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
    }

    /// RFC 3986 2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
