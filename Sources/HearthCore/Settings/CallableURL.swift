package import Outbound

/// Whether a URL that others named may be called later: a webhook's, or the issuer of a tenant's sign-in.
///
/// What can be seen in the URL itself is refused at once, by the same rules as when it is called. What a name resolves to
/// is judged each time that it is called.
package enum CallableURL {
    /// Why a URL is refused, as the end of a sentence about it. The words never repeat the URL.
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
