import Foundation
import HearthCore
package import SignedTokens
import StrictJSON

/// Microsoft's published keys and issuer, used to verify the signatures of id_tokens.
///
/// Pinned to RS256: the published keys do not name an algorithm, and using the token header's would let an attacker choose
/// it. An unknown key id causes the set to be fetched again, at most once in ten seconds.
package final class SigningKeys: Sendable {
    private struct Published: Sendable {
        let issuer: String
        let keys: VerificationKeys
    }

    /// A token with a valid signature.
    package struct Verified: Sendable {
        package let claims: TokenClaims
        /// The `issuer` of the discovery document, which may contain `{tenantid}`.
        package let issuer: String
        /// The `issuer` of the signing key, likewise; nil if the key does not name one.
        package let keyIssuer: String?
    }

    package enum Failure: Error, CustomStringConvertible {
        /// The token was not issued by Microsoft.
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

    /// Keys are fresh for a day, as in Microsoft's own libraries. If they cannot be fetched, the old ones are used for up to
    /// three days in total: Microsoft publishes a new key long before it signs with it.
    private static let policy = FetchedValue<Published>.Policy(freshFor: .seconds(86_400), staleFor: .seconds(259_200))
    /// The time limit for discovery and keys together.
    private static let limit = Duration.seconds(10)

    private let published: FetchedValue<Published>

    package init(_ client: MicrosoftClient, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        published = FetchedValue(Self.policy, now: now) { try await Self.fetch(client) }
    }

    /// Ensures that keys are available, so that a code is not redeemed for a token that cannot be verified.
    ///
    /// - Returns: the number of keys.
    @discardableResult
    package func prepare() async throws(Failure) -> Int {
        do {
            return try await get().keys.count
        } catch {
            throw .unavailable(error)
        }
    }

    /// Verifies the signature, and returns the claims and the issuers to compare them with.
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

    /// - Parameter isRenewed: whether to fetch the keys again, because one was missing.
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
            throw MicrosoftFault(.transient, cause: "a malformed discovery document")
        }
        guard let keys = VerificationKeys(try await object(location)) else {
            throw MicrosoftFault(.transient, cause: "a key set without a usable key")
        }
        return Published(issuer: issuer, keys: keys)
    }
}
