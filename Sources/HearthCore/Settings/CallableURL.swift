package import Outbound

/// Checks a URL given by others, to be called later: a webhook's, or the issuer of a tenant's sign-in.
///
/// The URL itself is checked at once, by the same rules as when it is called. The addresses that its host resolves to are
/// checked at every call.
package enum CallableURL {
    /// The reason why a URL is refused, as a predicate such as "cannot be used". It never repeats the URL.
    package struct Refusal: Error {
        package let words: String

        package init(words: String) {
            self.words = words
        }
    }

    package static func check(_ text: String, settings: Settings) throws(Refusal) -> TargetURL {
        let target: TargetURL
        do {
            target = try TargetURL(text, allowsPlainHTTP: settings.allowsPlainHTTPWebhooks)
        } catch {
            throw Refusal(words: "cannot be used: \(error)")
        }
        if let reason = OutboundEngine.Configuration.webhooks(settings).policy.refusal(of: target) {
            throw Refusal(words: "has a host that is refused: \(reason)")
        }
        return target
    }
}
