/// The domains of personal Microsoft accounts, matched exactly, never by suffix.
enum FreeDomains {
    static func contains(_ domain: String) -> Bool {
        all.contains(domain.lowercased())
    }

    private static let all: Set<String> = {
        let others = ["passport.com", "msn.com", "webtv.net", "livemail.tw", "windowslive.com", "windowslive.es"]
        let families = [
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
        ]
        let named = families.flatMap { family, endings in endings.split(separator: " ").map { "\(family).\($0)" } }
        return Set(others + named)
    }()
}
