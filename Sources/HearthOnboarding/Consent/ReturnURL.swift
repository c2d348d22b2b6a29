import Foundation
import HearthWeb
import Outbound

/// The URL to which a browser may be sent after consent. It must lie within a prefix that the operator has allowed, compared
/// by origin and whole path segments.
package enum ReturnURL {
    /// Describes what is wrong with a return URL, as a clause that follows the field's name; nil if it may be used.
    package static func problem(with text: String, allowed: [String]) -> String? {
        // Browsers drop some of these characters and parse others differently from `URLComponents`.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            return "contains a character that must be percent-encoded"
        }
        if text.contains("#") { return "must not contain a fragment" }
        guard let url = URLComponents(string: text), url.host != nil,
            allowed.contains(where: { isWithin(url, prefix: $0) })
        else { return "must begin with one of the return URLs that the operator has allowed for this account" }
        return nil
    }

    /// Describes what is wrong with a prefix, as a clause that follows "the return URL"; nil if it may be allowed.
    package static func problem(withPrefix text: String, allowsPlainHTTP: Bool) -> String? {
        do {
            _ = try TargetURL(text, allowsPlainHTTP: allowsPlainHTTP)
        } catch {
            return "cannot be used: \(error)"
        }
        return text.contains("?") ? "must not contain a query" : nil
    }

    private static func isWithin(_ url: URLComponents, prefix: String) -> Bool {
        guard let allowed = URLComponents(string: prefix), allowed.host != nil, url.user == nil, url.password == nil,
            url.scheme?.lowercased() == allowed.scheme?.lowercased(),
            url.host?.lowercased() == allowed.host?.lowercased(),
            url.port == allowed.port
        else { return false }
        let segments = url.path.split(separator: "/")
        guard !segments.contains(".."), !segments.contains(".") else { return false }
        return segments.starts(with: allowed.path.split(separator: "/"))
    }

    /// Appends the outcome to the partner's query, which is kept byte for byte. Never adds an address or a token.
    package static func text(_ returnURL: String, consentID: Int64, outcome: String, campaignID: Int64?) -> String {
        var items = [("consent_id", String(consentID)), ("outcome", outcome)]
        if let campaignID { items.append(("campaign_id", String(campaignID))) }
        let separator = !returnURL.contains("?") ? "?" : returnURL.hasSuffix("?") || returnURL.hasSuffix("&") ? "" : "&"
        return returnURL + separator + FormEncoding.encode(items)
    }
}
