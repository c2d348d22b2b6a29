import Foundation
import HTTPTypes
import Hummingbird

/// Checks whether a form was sent by a page of ours. Browsers name the sender of every POST in `Origin`.
struct ConsoleOrigin: Sendable {
    /// Scheme, host and port of the public URL, as a browser writes them (RFC 6454, section 6.2).
    let text: String

    init(publicURL: String) {
        var url = URLComponents(string: publicURL) ?? URLComponents()
        let isStandardPort = url.port == (url.scheme == "https" ? 443 : 80)
        url.path = ""
        if isStandardPort { url.port = nil }
        text = (url.string ?? publicURL).lowercased()
    }

    func sent(_ request: Request) -> Bool { request.headers[.origin] == text }
}
