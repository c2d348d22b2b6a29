/// The numbered errors of the identity platform, with their OAuth errors and texts.
///
/// Source: "Microsoft Entra authentication & authorization error codes" at Microsoft Learn. Numbers and texts may
/// change at Microsoft at any time; clients decide by `error`.
enum AADSTS {
    struct Entry: Sendable {
        let error: String
        let status: Int
        let text: String
        var suberror: String?
    }

    /// Unknown numbers get `invalid_grant`, the most common error.
    static func entry(_ code: Int) -> Entry {
        if let (error, text) = texts[code] {
            return Entry(error: error, status: status(of: error, code: code), text: text, suberror: suberrors[code])
        }
        return Entry(error: "invalid_grant", status: 400, text: "The request failed.", suberror: nil)
    }

    static func isKnown(_ code: Int) -> Bool {
        texts[code] != nil
    }

    /// 401 only for `invalid_client`; outages are 5xx, throttling is 429.
    private static func status(of error: String, code: Int) -> Int {
        switch (error, code) {
        case ("invalid_client", _): 401
        case (_, 90055), (_, 50196): 429
        case ("temporarily_unavailable", _): 503
        case ("server_error", _): 500
        default: 400
        }
    }

    /// Only interaction and conditional access errors have one.
    private static let suberrors: [Int: String] = [
        50055: "user_password_expired",
        50072: "basic_action",
        50074: "basic_action",
        50076: "basic_action",
        50078: "basic_action",
        50079: "basic_action",
        53000: "message_only",
        50158: "additional_action",
        53001: "message_only",
        53002: "message_only",
        53003: "message_only",
        53004: "basic_action",
        53011: "message_only",
        530003: "message_only",
        530032: "message_only",
        65001: "consent_required",
        70008: "token_expired",
        700082: "token_expired",
    ]

    private static let texts: [Int: (error: String, text: String)] =
        requestTexts
        .merging(accountTexts) { first, _ in first }
        .merging(grantTexts) { first, _ in first }
        .merging(serviceTexts) { first, _ in first }
}
