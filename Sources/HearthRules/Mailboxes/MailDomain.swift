/// The domain of an e-mail address, in lower case and IDNA's ASCII form.
package struct MailDomain: Sendable, Equatable {
    package let name: String

    /// - Throws: `EmailAddress.Problem`: `badDomain` if no address can end in the text.
    package init(_ text: String) throws(EmailAddress.Problem) {
        self = try EmailAddress("postmaster@\(text)").domain
    }

    fileprivate init(of key: String) {
        name = String(key.suffix(from: key.lastIndex(of: "@").map(key.index(after:)) ?? key.startIndex))
    }

    /// Whether Microsoft offers addresses in this domain to the public. Matched exactly: `outlook.example` belongs to
    /// somebody. Only a hint before sign-in; afterwards the account's tenant decides.
    package var isMicrosoftConsumer: Bool { Self.consumer.contains(name) }

    /// The list of validator.js; there is no official one.
    private static let consumer: Set<String> = {
        let endings = [
            "live": """
            com at be ca cl cn co.kr co.uk co.za com.ar com.au com.mx com.my com.ph com.pt com.sg de dk es eu fi fr hk \
            ie in it jp nl no ru se
            """,
            "hotmail": """
            com at be ca ch cl co co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za com.ar com.au com.br com.gr \
            com.hk com.mx com.my com.pe com.ph com.sg com.tr com.tw com.vn cz de dk es fi fr gr hu id ie in it jp kr lt \
            lv my nl no ph pt rs sa se sg sk
            """,
            "outlook": """
            com at be cl co.id co.il co.nz co.th com.ar com.au com.br com.gr com.pe com.tr com.vn cz de dk es fr hu id \
            ie in it jp kr lv my ph pt sa sg sk
            """,
            "windowslive": "com es",
        ]
        let families = endings.flatMap { name, endings in endings.split(separator: " ").map { "\(name).\($0)" } }
        return Set(families).union(["passport.com", "msn.com", "webtv.net", "livemail.tw"])
    }()
}

extension EmailAddress {
    package var domain: MailDomain { MailDomain(of: key) }
}
