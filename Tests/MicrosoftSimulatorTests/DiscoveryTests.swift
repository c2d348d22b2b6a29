import Foundation
import MicrosoftSimulator
import Testing

@Suite("Discovery and keys")
struct DiscoveryTests {
    @Test("shared metadata has a templated issuer, a tenant's metadata a concrete one")
    func issuers() async throws {
        try await Site.run { site in
            let tid = site.simulator.addOrganization(.init(domain: "contoso.test"))
            for (segment, tenant) in [
                ("common", "{tenantid}"), ("organizations", "{tenantid}"), ("consumers", Site.consumers),
                (Site.consumers, Site.consumers), (tid, tid), ("contoso.test", tid), ("CONTOSO.TEST", tid),
                ("COMMON", "{tenantid}"),
            ] {
                let answer = try await site.get("/\(segment)/v2.0/.well-known/openid-configuration")
                #expect(answer.status == 200)
                #expect(answer.string("issuer") == "http://localhost/\(tenant)/v2.0", "\(segment)")
                #expect(answer.header("Cache-Control") == "max-age=86400, private")
            }
        }
    }

    @Test("the metadata announces neither revocation nor introspection nor PKCE methods")
    func absences() async throws {
        try await Site.run { site in
            let answer = try await site.get("/common/v2.0/.well-known/openid-configuration")
            for name in ["revocation_endpoint", "introspection_endpoint", "code_challenge_methods_supported"] {
                #expect(answer.json[name] == nil)
            }
            #expect(answer.string("token_endpoint") == "http://localhost/common/oauth2/v2.0/token")
            #expect(answer.string("jwks_uri") == "http://localhost/common/discovery/v2.0/keys")
            #expect(answer.json["id_token_signing_alg_values_supported"] as? [String] == ["RS256"])
        }
    }

    @Test("an unknown tenant is refused as AADSTS90002")
    func unknownTenant() async throws {
        try await Site.run { site in
            let answer = try await site.get("/nobody.test/v2.0/.well-known/openid-configuration")
            #expect(answer.status == 400)
            #expect(answer.string("error") == "invalid_request")
            #expect(answer.aadsts == 90002)
        }
    }

    @Test("two keys are published, each with its issuer and without an algorithm")
    func keySet() async throws {
        try await Site.run { site in
            let answer = try await site.get("/common/discovery/v2.0/keys")
            let keys = try #require(answer.json["keys"] as? [[String: Any]])
            #expect(keys.count == 2)
            for key in keys {
                #expect(key["kty"] as? String == "RSA")
                #expect(key["use"] as? String == "sig")
                #expect(key["alg"] == nil)
                #expect(key["issuer"] as? String == "http://localhost/{tenantid}/v2.0")
                #expect(key["kid"] as? String == key["x5t"] as? String)
                #expect((key["x5c"] as? [String])?.first?.isEmpty == false)
                // 2048 bits.
                #expect(Answer.base64URL(key["n"] as? String ?? "")?.count == 256)
            }
            let own = try await site.get("/consumers/discovery/v2.0/keys")
            let first = try #require((own.json["keys"] as? [[String: Any]])?.first)
            #expect(first["issuer"] as? String == "http://localhost/\(Site.consumers)/v2.0")
        }
    }

    @Test("rotation adds a signing key and retires the oldest")
    func rotation() async throws {
        try await Site.run { site in
            func ids() async throws -> [String] {
                let answer = try await site.get("/common/discovery/v2.0/keys")
                return (answer.json["keys"] as? [[String: Any]] ?? []).compactMap { $0["kid"] as? String }
            }
            let before = try await ids()
            let signer = try await site.connect().tokenHeader["kid"] as? String
            #expect(signer == before.last)
            let rotated = try await site.postJSON("/simulator/keys/rotate", "")
            let after = try await ids()
            #expect(after.count == 2)
            #expect(after.first == before.last)
            #expect(after.last == rotated.string("kid"))
            let signed = try await site.connect()
            #expect(signed.tokenHeader["kid"] as? String == after.last)
        }
    }

    @Test("instance discovery leads to the tenant's metadata")
    func instance() async throws {
        try await Site.run { site in
            let asked = "https://localhost/common/oauth2/v2.0/authorize"
            let answer = try await site.get(
                "/common/discovery/instance?authorization_endpoint=\(asked)&api-version=1.0"
            )
            #expect(
                answer.string("tenant_discovery_endpoint")
                    == "http://localhost/common/v2.0/.well-known/openid-configuration"
            )
        }
    }
}
