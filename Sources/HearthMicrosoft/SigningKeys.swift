import Foundation
import HearthCore
package import SignedTokens
import StrictJSON

/// Microsoft's published keys and issuer, and the verification of an id_token's signature by them.
///
/// Pinned to RS256: the published keys name no algorithm, and one taken from the token's own header would let an
/// attacker choose it. An unknown key id fetches the set once more, at most once in ten seconds.
package final class SigningKeys: Sendable {
    private struct Published: Sendable {
        let issuer: String
        let keys: VerificationKeys
    }

    /// A token whose signature holds.
    package struct Verified: Sendable {
        package let claims: TokenClaims
        /// The `issuer` of the discovery document, possibly with `{tenantid}` in it.
        package let issuer: String
        /// The `issuer` of the key that signed, where it names one, likewise.
        package let keyIssuer: String?
    }

    package enum Failure: Error, CustomStringConvertible {
        /// The token is not one of Microsoft's.
        case invalid(TokenProblem)
        /// The keys could not be fetched.
        case unavailable(MicrosoftFault)

        package var description: String {
            switch self {
            case .invalid(let problem): "the token is not Microsoft's: \(problem)"
            case .unavailable(let fault): "the signing keys could not be fetched: \(fault)"
            }
        }
    }

    /// A day, as Microsoft's own libraries keep them. While the keys cannot be fetched, the former ones serve up to three
    /// days in all: Microsoft publishes a new key long before it signs with it.
    private static let policy = FetchedValue<Published>.Policy(freshFor: .seconds(86_400), staleFor: .seconds(259_200))
    /// For discovery and keys together.
    private static let limit = Duration.seconds(10)

    private let published: FetchedValue<Published>

    package init(_ client: MicrosoftClient, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        published = FetchedValue(Self.policy, now: now) { try await Self.fetch(client) }
    }

    /// Makes sure that there are keys, so that a code is not redeemed for a token that nobody can verify.
    ///
    /// - Returns: how many there are.
    @discardableResult
    package func prepare() async throws(Failure) -> Int {
        do {
            return try await get().keys.count
        } catch {
            throw .unavailable(error)
        }
    }

    /// The claims and what to compare them with, once the signature holds.
    package func verify(_ text: String) async throws(Failure) -> Verified {
        do {
            let token = try SignedToken(text, allowed: [.rs256])
            var set = try await get()
            var key = try? set.keys.key(for: token)
            if key == nil {
                set = try await get(isRenewed: true)
                key = try set.keys.key(for: token)
            }
            guard let key else { throw TokenProblem.unknownKey }
            return Verified(claims: try token.claims(verifiedBy: key), issuer: set.issuer, keyIssuer: key.issuer)
        } catch let problem as TokenProblem {
            throw .invalid(problem)
        } catch let fault as MicrosoftFault {
            throw .unavailable(fault)
        } catch {
            throw .unavailable(MicrosoftFault(.transient, cause: "\(error)"))
        }
    }

    /// - Parameter isRenewed: whether to fetch again, because a key was missing.
    private func get(isRenewed: Bool = false) async throws(MicrosoftFault) -> Published {
        do {
            return isRenewed ? try await published.renewed() : try await published.current()
        } catch {
            throw error as? MicrosoftFault ?? MicrosoftFault(.transient, cause: "\(error)")
        }
    }

    private static func fetch(_ client: MicrosoftClient) async throws -> Published {
        let deadline = ContinuousClock.now + limit
        func object(_ url: String) async throws -> JSONObject {
            let document = try await client.document(url, timeout: ContinuousClock.now.duration(to: deadline))
            guard let object = try? JSONParser().parse(document.body).value.asObject else {
                throw MicrosoftFault(.transient, cause: "a document that is not a JSON object")
            }
            return object
        }
        let discovery = try await object(client.endpoints.discovery)
        guard let issuer = discovery["issuer"]?.asString, let location = discovery["jwks_uri"]?.asString else {
            throw MicrosoftFault(.transient, cause: "a discovery document that cannot be read")
        }
        guard let keys = VerificationKeys(try await object(location)) else {
            throw MicrosoftFault(.transient, cause: "a key set without a usable key")
        }
        return Published(issuer: issuer, keys: keys)
    }
}
