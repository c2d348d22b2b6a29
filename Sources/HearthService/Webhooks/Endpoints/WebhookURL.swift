import Outbound

/// Whether a URL may be a webhook's.
///
/// A name is judged when it is called, each time; what can be seen in the URL itself is refused at once.
enum WebhookURL {
    /// Why a URL is refused, as the end of a sentence about it. The words never repeat the URL.
    struct Refusal: Error {
        let words: String
    }

    static func check(_ text: String, settings: Settings) throws(Refusal) -> TargetURL {
        let target: TargetURL
        do {
            target = try TargetURL(text, allowsPlainHTTP: settings.allowsPlainHTTPWebhooks)
        } catch {
            throw Refusal(words: "cannot be used: \(error)")
        }
        let policy = OutboundEngine.Configuration.webhooks(settings).policy
        if let address = target.address, let reason = policy.refusal(of: address, plainHTTP: target.scheme == .http) {
            throw Refusal(words: "has an address that is refused: \(reason)")
        }
        return target
    }
}
