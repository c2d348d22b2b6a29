import Foundation
import HearthCore
import Outbound
import SignedTokens
import StrictJSON
import Synchronization

/// A provider's metadata (OpenID Connect Discovery 1.0, section 3) and keys.
struct OpenIDMetadata: Sendable {
    let authorizationEndpoint: String
    let tokenEndpoint: TargetURL
    /// Optional; providers that keep the address out of the id_token have one.
    let userinfoEndpoint: TargetURL?
    let authentication: ClientAuthentication
    /// Algorithms accepted for id_tokens.
    let algorithms: Set<SignatureAlgorithm>
    let keys: VerificationKeys

    /// How we authenticate at the token endpoint.
    enum ClientAuthentication: String, Sendable {
        case basic = "client_secret_basic"
        case post = "client_secret_post"

        /// `client_secret_basic` if the metadata names none: that is the default.
        init(_ object: JSONObject) throws(OpenIDFault) {
            let name = "token_endpoint_auth_methods_supported"
            let offered = try OpenIDMetadata.texts(name, of: object) ?? [Self.basic.rawValue]
            guard let best = [Self.basic, .post].first(where: { offered.contains($0.rawValue) }) else {
                throw OpenIDFault("\(name) has neither client_secret_basic nor client_secret_post")
            }
            self = best
        }
    }

    static func fetch(
        _ issuer: String, by calls: OpenIDCalls, for tenant: Int64
    ) async throws(OpenIDFault) -> OpenIDMetadata {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let location = try calls.url(base + "/.well-known/openid-configuration", "the issuer")
        let document = try await calls.object(at: location, for: tenant)
        // Section 4.3: otherwise one provider could impersonate another.
        guard document["issuer"]?.asString == issuer else { throw OpenIDFault("discovery names another issuer") }
        func endpoint(_ name: String) throws(OpenIDFault) -> TargetURL? {
            guard let value = document[name], !value.isNull else { return nil }
            guard let text = value.asString else { throw OpenIDFault("\(name) is not a string") }
            return try calls.url(text, name)
        }
        guard try endpoint("authorization_endpoint") != nil,
            let authorization = document["authorization_endpoint"]?.asString,
            let token = try endpoint("token_endpoint"), let keys = try endpoint("jwks_uri")
        else { throw OpenIDFault("the discovery document is not complete") }
        guard let keys = VerificationKeys(try await calls.object(at: keys, for: tenant)) else {
            throw OpenIDFault("the provider publishes no usable key")
        }
        return OpenIDMetadata(
            authorizationEndpoint: authorization, tokenEndpoint: token,
            userinfoEndpoint: try endpoint("userinfo_endpoint"), authentication: try ClientAuthentication(document),
            algorithms: try algorithms(document), keys: keys)
    }

    /// RS256 if the metadata names none: every provider must support it.
    private static func algorithms(_ document: JSONObject) throws(OpenIDFault) -> Set<SignatureAlgorithm> {
        let name = "id_token_signing_alg_values_supported"
        guard let offered = try texts(name, of: document) else { return [.rs256] }
        let known = Set(offered.compactMap(SignatureAlgorithm.init))
        guard !known.isEmpty else { throw OpenIDFault("\(name) has no algorithm that this service verifies") }
        return known
    }

    private static func texts(_ name: String, of object: JSONObject) throws(OpenIDFault) -> [String]? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let texts = value.asArray?.map(\.asString), !texts.contains(nil) else {
            throw OpenIDFault("\(name) is not an array of strings")
        }
        return texts.compactMap { $0 }
    }
}

/// The providers' metadata, cached by issuer. Visitors cause at most one fetch per issuer in ten minutes, or in two seconds
/// while the provider fails.
final class OpenIDDirectory: Sendable {
    private struct Entry {
        let metadata: FetchedValue<OpenIDMetadata>
        var usedAt: ContinuousClock.Instant
    }

    /// A key withdrawn by the provider is accepted for ten more minutes, or for a day while the provider cannot be reached.
    private static let policy = FetchedValue<OpenIDMetadata>.Policy(freshFor: .seconds(600), staleFor: .seconds(86_400))
    private static let capacity = 1_000

    private let calls: OpenIDCalls
    private let entries = Mutex<[String: Entry]>([:])

    init(_ calls: OpenIDCalls) {
        self.calls = calls
    }

    /// - Parameters:
    ///   - tenant: on whose behalf it is fetched if it is not cached.
    ///   - isRenewed: whether to fetch again, because a key was missing.
    func metadata(
        of issuer: String, for tenant: Int64, isRenewed: Bool = false
    ) async throws(OpenIDFault) -> OpenIDMetadata {
        let metadata = entry(issuer, tenant)
        do {
            return isRenewed ? try await metadata.renewed() : try await metadata.current()
        } catch {
            throw error as? OpenIDFault ?? OpenIDFault("\(error)")
        }
    }

    private func entry(_ issuer: String, _ tenant: Int64) -> FetchedValue<OpenIDMetadata> {
        entries.withLock { entries in
            if entries[issuer] == nil, entries.count >= Self.capacity,
                let oldest = entries.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                entries[oldest.key] = nil
            }
            let new = { [calls] in
                Entry(
                    metadata: FetchedValue(Self.policy) {
                        try await OpenIDMetadata.fetch(issuer, by: calls, for: tenant)
                    },
                    usedAt: .now)
            }
            var entry = entries[issuer] ?? new()
            entry.usedAt = .now
            entries[issuer] = entry
            return entry.metadata
        }
    }
}
