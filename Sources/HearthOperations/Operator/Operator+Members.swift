import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Postgres
import StrictJSON

/// Commands on sign-in to a tenant's console through the tenant's own OpenID provider.
extension Operator {
    private var members: MemberStore { MemberStore(database: database, keyRing: settings.keyRing) }

    package func setSignIn(
        tenant id: Int64, issuer: String, clientID: String, secretFile: String
    ) async throws -> Answer {
        _ = try await require(tenant: id)
        do {
            _ = try CallableURL.check(issuer, settings: settings)
        } catch {
            throw OperatorRefusal("the issuer \(error.words); use an absolute URL such as https://login.example.com")
        }
        let clientID = try Self.text(clientID, subject: "a client id")
        guard let data = FileManager.default.contents(atPath: secretFile) else {
            throw OperatorRefusal("\(secretFile) cannot be read")
        }
        let secret = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !secret.isEmpty else { throw OperatorRefusal("\(secretFile) is empty") }
        let (signIn, now) = (try await ids.next(), try await now())
        let entry = try await entry("sign-in.set", subject: "sign-in:\(signIn)", tenant: id, at: now)
        try await members.set(
            .init(issuer: issuer, clientID: clientID, secret: secret), id: signIn, of: id, at: now, noting: entry)
        let redirect = settings.publicURL + "/console/openid/callback"
        return Answer(text: "Tenant \(id) signs in at \(issuer); register the redirect URI \(redirect) there") { json in
            json.member("tenant_id", id)
            json.member("issuer", issuer)
            json.member("client_id", clientID)
            json.member("redirect_uri", redirect)
        }
    }

    package func removeSignIn(tenant id: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        try await members.removeProvider(
            of: id, noting: try await entry("sign-in.remove", tenant: id, at: try await now()))
        return Answer(text: "Tenant \(id) signs in with API keys only.") { $0.member("tenant_id", id) }
    }

    package func addMember(
        _ email: String, subject: String?, role name: String, tenant id: Int64
    ) async throws -> Answer {
        _ = try await require(tenant: id)
        guard let role = MemberRole(rawValue: name) else {
            throw OperatorRefusal("there is no role \(name); choose from: administrator, manager")
        }
        let address = try Self.address(email, subject: "the member's address")
        guard subject.map({ (1...MemberStore.longestSubject).contains($0.utf8.count) }) ?? true else {
            throw OperatorRefusal("a subject must have 1 to \(MemberStore.longestSubject) bytes")
        }
        try await prepareSealing()
        let now = try await now()
        do {
            try await members.add(
                address.text, key: address.key, subject: subject, role: role, id: try await ids.next(), to: id, at: now
            ) {
                try insertion("member.add", subject: "member:\($0)", tenant: id, outcome: role.rawValue, at: now)
            }
        } catch let error as ServerError where error.constraint == "one_member_per_subject" {
            throw OperatorRefusal(
                "another member of tenant \(id) has this subject; see: hearth member list --tenant \(id)")
        }
        return Answer(text: "\(address.text) may sign in to tenant \(id) as \(role.rawValue).") { json in
            json.member("tenant_id", id)
            json.member("email", address.text)
            json.member("role", role.rawValue)
            json.member("subject", subject)
        }
    }

    package func removeMember(_ email: String, tenant id: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        try await prepareSealing()
        let now = try await now()
        guard let key = EmailAddress.key(of: email),
            try await members.remove(
                emailKey: key, from: id,
                noting: { try insertion("member.remove", subject: "member:\($0)", tenant: id, at: now) })
        else {
            throw OperatorRefusal("tenant \(id) has no member \(email); see: hearth member list --tenant \(id)")
        }
        return Answer(text: "\(email) may not sign in to tenant \(id) any more.") { json in
            json.member("tenant_id", id)
            json.member("email", email)
        }
    }

    package func listMembers(tenant id: Int64) async throws -> Answer {
        _ = try await require(tenant: id)
        try await note("member.list", tenant: id)
        let all = try await members.list(of: id)
        let lines = all.map { member in
            "\(member.id)  \(member.role.rawValue)  \(member.signedInAt.map(RFC3339.format) ?? "never")  \(member.email)"
        }
        return Answer(text: lines.joined(separator: "\n")) { json in
            json.array("members") { json in
                for member in all {
                    json.object { json in
                        json.member("id", member.id)
                        json.member("email", member.email)
                        json.member("role", member.role.rawValue)
                        json.member("subject", member.subject)
                        json.member("has_signed_in", member.signedInAt != nil)
                        json.member("signed_in_at", member.signedInAt.map(RFC3339.format))
                    }
                }
            }
        }
    }
}
