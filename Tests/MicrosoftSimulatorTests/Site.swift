import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MicrosoftSimulator
import Testing

/// A simulator with one application, and a client that talks to it.
struct Site: Sendable {
    static let clientID = "6731de76-14a6-49ae-97bc-6eba6914391e"
    static let secret = "s~e+c/r=et"
    static let redirectURI = "https://hearth.example/oauth/microsoft/callback"
    static let start = Date(timeIntervalSince1970: 1_772_356_502)  // 2026-03-01 09:15:02 UTC
    static let scope = "openid profile email offline_access User.Read Mail.ReadWrite Mail.Send"
    /// The pair of RFC 7636 appendix B.
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    static let consumers = "9188040d-6c67-4c5b-b112-36a304b66dad"

    let simulator: MicrosoftSimulator
    let client: any TestClientProtocol

    static func settings(
        policy: ConsentPolicy = .allowAll, webhookAuthorityFile: String? = nil
    ) -> SimulatorSettings {
        SimulatorSettings(
            applications: [
                .init(clientID: clientID, secret: secret, redirectURIs: [redirectURI, "http://localhost/cb"])
            ],
            webhookAuthorityFile: webhookAuthorityFile,
            seed: 7,
            defaultConsentPolicy: policy,
            now: { start }
        )
    }

    /// Runs `body` against a fresh simulator; `live` uses a socket.
    static func run(
        policy: ConsentPolicy = .allowAll, webhookAuthorityFile: String? = nil, live: Bool = false,
        _ body: @Sendable (Site) async throws -> Void
    ) async throws {
        let simulator = try MicrosoftSimulator(
            settings: settings(policy: policy, webhookAuthorityFile: webhookAuthorityFile))
        let application = try simulator.buildApplication()
        try await application.test(live ? .live : .router) { client in
            try await body(Site(simulator: simulator, client: client))
        }
    }

    // MARK: Requests

    func get(_ path: String, token: String? = nil, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, path, token: token, headers: headers)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, token: String? = nil, headers: HTTPFields = [:],
        body: String? = nil
    ) async throws -> Answer {
        var headers = headers
        if let token { headers[.authorization] = "Bearer \(token)" }
        let response = try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }
        )
        return Answer(response)
    }

    func postJSON(_ path: String, _ body: String, token: String? = nil) async throws -> Answer {
        try await send(.post, path, token: token, headers: [.contentType: "application/json"], body: body)
    }

    func postForm(_ path: String, _ fields: [String: String?], headers: HTTPFields = [:]) async throws -> Answer {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        return try await send(.post, path, headers: headers, body: Self.encoded(fields))
    }

    /// An authorize request as Hearth sends it, with `changes` applied; nil removes a parameter.
    func authorize(_ changes: [String: String?] = [:], tenant: String = "common") async throws -> Answer {
        var fields: [String: String?] = [
            "client_id": Self.clientID, "response_type": "code", "redirect_uri": Self.redirectURI, "scope": Self.scope,
            "state": "a b+c/ü=", "nonce": "n-1", "code_challenge": Self.challenge, "code_challenge_method": "S256",
            "login_hint": "ana@contoso.test", "simulator_decision": "accept",
        ]
        fields.merge(changes) { _, new in new }
        return try await get("/\(tenant)/oauth2/v2.0/authorize?\(Self.encoded(fields))")
    }

    func token(_ changes: [String: String?], tenant: String = "common", headers: HTTPFields = [:]) async throws
        -> Answer
    {
        var fields: [String: String?] = ["client_id": Self.clientID, "client_secret": Self.secret]
        fields.merge(changes) { _, new in new }
        return try await postForm("/\(tenant)/oauth2/v2.0/token", fields, headers: headers)
    }

    func redeem(
        _ code: String, _ changes: [String: String?] = [:], tenant: String = "common", headers: HTTPFields = [:]
    ) async throws -> Answer {
        let fields: [String: String?] = [
            "grant_type": "authorization_code", "code": code, "redirect_uri": Self.redirectURI,
            "code_verifier": Self.verifier,
        ]
        return try await token(fields.merging(changes) { _, new in new }, tenant: tenant, headers: headers)
    }

    func refresh(_ token: String, _ changes: [String: String?] = [:], tenant: String = "common") async throws -> Answer
    {
        let fields: [String: String?] = ["grant_type": "refresh_token", "refresh_token": token]
        return try await self.token(fields.merging(changes) { _, new in new }, tenant: tenant)
    }

    func code(for address: String, scope: String = scope, tenant: String = "common") async throws -> String {
        let answer = try await authorize(["login_hint": address, "scope": scope], tenant: tenant)
        return try #require(answer.redirect["code"])
    }

    /// Signs in and redeems the code. Returns the whole token response.
    func connect(_ address: String = "ana@contoso.test", scope: String = scope) async throws -> Answer {
        let answer = try await redeem(try await code(for: address, scope: scope))
        #expect(answer.status == 200, "\(answer.text)")
        return answer
    }

    static func encoded(_ fields: [String: String?]) -> String {
        let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return fields.compactMap { name, value in
            value.map { "\(name)=\($0.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }
        }.sorted().joined(separator: "&")
    }
}

/// A response, with accessors for its parts.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        text = String(buffer: response.body)
    }

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    func string(_ name: String) -> String? { json[name] as? String }

    func header(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { headers[$0] }
    }

    /// The number of a token error.
    var aadsts: Int? { (json["error_codes"] as? [Int])?.first }

    /// The code of a Graph error.
    var graphCode: String? { (json["error"] as? [String: Any])?["code"] as? String }

    var location: String { headers[.location] ?? "" }

    /// The redirect's fields, from the query or the fragment, form-decoded.
    var redirect: [String: String] {
        let target = location.hasSuffix("#") ? String(location.dropLast()) : location
        guard let mark = target.firstIndex(where: { $0 == "?" || $0 == "#" }) else { return [:] }
        var fields: [String: String] = [:]
        for pair in target[target.index(after: mark)...].split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1).map {
                $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? ""
            }
            fields[halves[0]] = halves.count > 1 ? halves[1] : ""
        }
        return fields
    }

    /// The claims of the id_token, unverified.
    var claims: [String: Any] { Self.part(1, of: string("id_token") ?? "") }

    /// The header of the id_token.
    var tokenHeader: [String: Any] { Self.part(0, of: string("id_token") ?? "") }

    var accessToken: String { string("access_token") ?? "" }
    var refreshToken: String { string("refresh_token") ?? "" }

    static func part(_ index: Int, of token: String) -> [String: Any] {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.indices.contains(index), let data = base64URL(String(parts[index])) else { return [:] }
        return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
    }

    static func base64URL(_ text: String) -> Data? {
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }
}
