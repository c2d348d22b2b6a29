import Foundation

/// All grants, and the texts of their tokens.
struct GrantBook: Sendable {
    private(set) var grants: [Grant] = []
    /// Grants made in bulk, whose first refresh token a test can predict.
    private var bulk: [AccountID: Int] = [:]
    private let seal: TokenSeal

    init(seal: TokenSeal) {
        self.seal = seal
    }

    /// Grants are numbered in order of sign-in, which orders them even if the clock stands still.
    var count: Int { grants.count }

    mutating func start(_ grant: Grant) -> Int {
        grants.append(grant)
        return grants.count - 1
    }

    // MARK: Refresh tokens

    /// Work tokens are long, personal ones have a visible prefix.
    func refreshToken(_ token: RefreshToken) -> String {
        let grant = grants[token.grant]
        var payload = PayloadWriter()
        payload.append(UInt32(token.grant))
        payload.append(token.number)
        payload.append(token.issuedAt.timeIntervalSince1970.bitPattern)
        return grant.account.tenantID == consumerTenantID
            ? Self.personalPrefix + seal.word(payload.bytes, context: "refresh|\(grant.context)", length: 300)
            : Self.workPrefix + seal.word(payload.bytes, context: "refresh|\(grant.context)", length: 900)
    }

    /// The next refresh token of the grant.
    mutating func rotate(_ id: Int, at now: Date) -> RefreshToken {
        grants[id].newest += 1
        return RefreshToken(grant: id, number: grants[id].newest, issuedAt: now)
    }

    mutating func use(_ token: RefreshToken) {
        grants[token.grant].newestUsed = max(grants[token.grant].newestUsed ?? 0, token.number)
    }

    /// Whether the token, or one issued after it, was used before.
    func isRotatedAway(_ token: RefreshToken) -> Bool {
        grants[token.grant].newestUsed.map { token.number <= $0 } ?? false
    }

    /// The refresh token with this text; nil if it was never issued.
    func refreshToken(presented text: String, directory: Directory) -> RefreshToken? {
        if let address = Self.bulkAddress(text) {
            return directory.account(named: address).flatMap { bulk[$0.id] }.map {
                RefreshToken(grant: $0, number: 0, issuedAt: grants[$0].startedAt)
            }
        }
        let prefix = [Self.personalPrefix, Self.workPrefix].first { text.hasPrefix($0) }
        guard let prefix, let payload = TokenSeal.payload(of: text.dropFirst(prefix.count), count: 16) else {
            return nil
        }
        var reader = PayloadReader(payload)
        let grant = Int(reader.next(UInt32.self))
        guard grants.indices.contains(grant) else { return nil }
        let number = reader.next(UInt32.self)
        let issuedAt = Date(timeIntervalSince1970: Double(bitPattern: reader.next(UInt64.self)))
        let token = RefreshToken(grant: grant, number: number, issuedAt: issuedAt)
        return refreshToken(token) == text ? token : nil
    }

    private static let workPrefix = "1.A"
    private static let personalPrefix = "M.C5a0_BAY.0.U.-"

    // MARK: Bulk

    /// Starts a grant whose first refresh token is ``bulkRefreshToken(_:)``. An earlier bulk grant of the account ends.
    mutating func startInBulk(_ grant: Grant) {
        bulk[grant.account] = start(grant)
    }

    /// `1.ABulk.ana@contoso.test`, `M.C5Bulk.ana@outlook.com`.
    static func bulkRefreshToken(_ account: Account) -> String {
        (account.kind == .personal ? "M.C5Bulk." : "1.ABulk.") + account.address
    }

    private static func bulkAddress(_ text: String) -> String? {
        ["1.ABulk.", "M.C5Bulk."].first { text.hasPrefix($0) }.map { String(text.dropFirst($0.count)) }
    }

    // MARK: Access tokens

    /// Work tokens look like a signed JWT, which only Graph can verify; personal ones are opaque.
    ///
    /// - Parameter key: the name of a signing key.
    func accessToken(_ token: AccessToken, grant id: Int, key: String) -> String {
        let grant = grants[id]
        var payload = PayloadWriter()
        payload.append(UInt32(id))
        payload.append(grant.newest)
        payload.append(Scope.mask(of: token.scopes))
        payload.append(token.expiresAt.timeIntervalSince1970.bitPattern)
        var head = Self.ticketPrefix
        if grant.account.tenantID != consumerTenantID {
            let header: JSON = ["typ": "JWT", "alg": "RS256", "kid": .string(key)]
            let claims: JSON = [
                "aud": "https://graph.microsoft.com", "tid": .string(grant.account.tenantID),
                "oid": .string(grant.account.objectID), "appid": .string(grant.clientID),
                "exp": .integer(Int(token.expiresAt.timeIntervalSince1970)),
            ]
            head = "\(Base64URL.encode(header.data)).\(Base64URL.encode(claims.data))."
        }
        return sealed(payload.bytes, head: head, grant: grant)
    }

    /// The access token with this text; nil if it was never issued.
    func accessToken(presented text: String) -> AccessToken? {
        let isTicket = text.hasPrefix(Self.ticketPrefix)
        let last = isTicket ? text.dropFirst(Self.ticketPrefix.count) : text.split(separator: ".").last
        guard let word = last, let payload = TokenSeal.payload(of: word, count: 20) else { return nil }
        var reader = PayloadReader(payload)
        let id = Int(reader.next(UInt32.self))
        guard grants.indices.contains(id) else { return nil }
        _ = reader.next(UInt32.self)
        let mask = reader.next(UInt32.self)
        let expiresAt = Date(timeIntervalSince1970: Double(bitPattern: reader.next(UInt64.self)))
        let grant = grants[id]
        guard sealed(payload, head: String(text.dropLast(word.count)), grant: grant) == text else { return nil }
        return AccessToken(
            clientID: grant.clientID, account: grant.account, scopes: Scope.keys(in: mask), expiresAt: expiresAt
        )
    }

    private static let ticketPrefix = "EwB"

    /// The head is sealed as well, so that changed claims of a work token are detected.
    private func sealed(_ payload: [UInt8], head: String, grant: Grant) -> String {
        let length = head == Self.ticketPrefix ? 1100 : 342
        return head + seal.word(payload, context: "access|\(grant.context)|\(head)", length: length)
    }
}
