import Foundation
import JWTKit
import StrictJSON
import Synchronization

/// Microsoft's published keys and issuer, and the verification of an id_token's signature by them.
///
/// Pinned to RS256: the published keys name no algorithm, and one taken from the token's own header would let an
/// attacker choose it. An unknown key id fetches the set once more, at most once in ten seconds.
final class SigningKeys: Sendable {
    private struct KeySet: Sendable {
        let issuer: String
        /// By key id: the key's own issuer, where it names one.
        let issuers: [String: String?]
        let collection: JWTKeyCollection
        let fetchedAt: ContinuousClock.Instant
    }

    enum Failure: Error, CustomStringConvertible {
        /// The token is not one of Microsoft's.
        case invalid(String)
        /// The keys could not be fetched.
        case unavailable(MicrosoftFault)

        var description: String {
            switch self {
            case .invalid(let what): "the token is not Microsoft's: \(what)"
            case .unavailable(let fault): "the signing keys could not be fetched: \(fault)"
            }
        }
    }

    private static let life = Duration.seconds(86_400)
    private static let pauseBetweenFetches = Duration.seconds(10)

    private let client: MicrosoftClient
    private let known = Mutex<KeySet?>(nil)

    init(_ client: MicrosoftClient) {
        self.client = client
    }

    /// The claims and what to compare them with, once the signature holds.
    func verify(
        _ token: String, timeout: Duration
    ) async throws(Failure) -> (claims: MicrosoftIDToken, issuer: String, keyIssuer: String?) {
        let keyID = try Self.keyID(of: token)
        var set = try await current(timeout: timeout)
        if set.issuers[keyID] == nil, set.fetchedAt.duration(to: .now) > Self.pauseBetweenFetches {
            set = try await fetch(timeout: timeout)
        }
        guard let keyIssuer = set.issuers[keyID] else { throw .invalid("unknown key") }
        do {
            let claims = try await set.collection.verify(token, as: MicrosoftIDToken.self)
            return (claims, set.issuer, keyIssuer)
        } catch {
            throw .invalid("signature or claims")
        }
    }

    /// For `doctor`: fetches now, and tells how many keys there are.
    func refresh(timeout: Duration) async throws(Failure) -> Int {
        try await fetch(timeout: timeout).issuers.count
    }

    /// The header's key id. RS256 only, and never without one: the library would take its default key then.
    private static func keyID(of token: String) throws(Failure) -> String {
        guard let part = token.split(separator: ".", omittingEmptySubsequences: false).first,
            let bytes = Base64URL.decode(part), let header = try? JSONParser().parse(bytes).value.asObject
        else { throw .invalid("header") }
        guard header["alg"]?.asString == "RS256" else { throw .invalid("algorithm") }
        guard let keyID = header["kid"]?.asString, !keyID.isEmpty else { throw .invalid("no key id") }
        return keyID
    }

    private func current(timeout: Duration) async throws(Failure) -> KeySet {
        if let set = known.withLock({ $0 }), set.fetchedAt.duration(to: .now) < Self.life { return set }
        return try await fetch(timeout: timeout)
    }

    /// A new collection each time, so that retired keys are forgotten.
    private func fetch(timeout: Duration) async throws(Failure) -> KeySet {
        do {
            let discovery = try await object(client.endpoints.discovery, timeout: timeout)
            guard let issuer = discovery["issuer"]?.asString, let location = discovery["jwks_uri"]?.asString else {
                throw MicrosoftFault(.transient, cause: "a discovery document that cannot be read")
            }
            let keys = try await object(location, timeout: timeout)["keys"]?.asArray ?? []
            let collection = JWTKeyCollection()
            var issuers: [String: String?] = [:]
            for case .object(let key) in keys {
                guard key["kty"]?.asString == "RSA", key["use"]?.asString ?? "sig" == "sig",
                    let id = key["kid"]?.asString, let modulus = key["n"]?.asString, let exponent = key["e"]?.asString,
                    let rsa = try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
                else { continue }
                await collection.add(rsa: rsa, digestAlgorithm: .sha256, kid: JWKIdentifier(string: id))
                issuers[id] = .some(key["issuer"]?.asString)
            }
            guard !issuers.isEmpty else { throw MicrosoftFault(.transient, cause: "a key set without a key") }
            let set = KeySet(issuer: issuer, issuers: issuers, collection: collection, fetchedAt: .now)
            known.withLock { $0 = set }
            return set
        } catch let fault as MicrosoftFault {
            throw .unavailable(fault)
        } catch {
            throw .unavailable(MicrosoftFault(.transient, cause: "keys that cannot be read"))
        }
    }

    private func object(_ url: String, timeout: Duration) async throws(MicrosoftFault) -> JSONObject {
        let document = try await client.document(url, timeout: timeout)
        guard let object = try? JSONParser().parse(document.body).value.asObject else {
            throw MicrosoftFault(.transient, cause: "a document that is no JSON object")
        }
        return object
    }
}
