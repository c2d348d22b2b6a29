import Foundation
package import HearthCore
package import HearthRules
import HearthWeb
package import Outbound
import StrictJSON

/// Typed calls to Microsoft. They are never retried here: only the caller knows whether a repeat is safe.
package struct MicrosoftClient: Sendable {
    package let engine: OutboundEngine
    package let endpoints: MicrosoftEndpoints
    package let allowsPlainHTTP: Bool
    /// Checked before every call: a restored database must not use up the tokens of the original.
    package var mayCall: @Sendable () async -> Bool = { true }

    package init(
        engine: OutboundEngine, endpoints: MicrosoftEndpoints, allowsPlainHTTP: Bool,
        mayCall: @escaping @Sendable () async -> Bool = { true }
    ) {
        self.engine = engine
        self.endpoints = endpoints
        self.allowsPlainHTTP = allowsPlainHTTP
        self.mayCall = mayCall
    }

    /// The Entra application that makes a call.
    package struct Application: Sendable {
        package let clientID: String
        package let secret: String
        /// The previous secret, which may still be valid while Microsoft does not accept the new one yet.
        let formerSecret: String?
    }

    var operatorApplication: Application {
        Application(
            clientID: endpoints.clientID, secret: endpoints.secret.newest, formerSecret: endpoints.secret.former)
    }

    /// Redeems an authorization code with its PKCE verifier.
    package func redeem(
        code: String, verifier: String, level: PermissionLevel, withShared: Bool, as application: Application,
        timeout: Duration
    ) async throws(MicrosoftFault) -> TokenAnswer {
        try await token(
            [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", endpoints.redirectURI),
                ("code_verifier", verifier),
                ("scope", level.requestedScopes(withShared: withShared).joined(separator: " ")),
            ], as: application, timeout: timeout)
    }

    /// Exchanges a refresh token. A refresh token in the answer replaces it.
    package func refresh(
        _ refreshToken: String, level: PermissionLevel, withShared: Bool, as application: Application, timeout: Duration
    ) async throws(MicrosoftFault) -> TokenAnswer {
        let items = [
            ("grant_type", "refresh_token"), ("refresh_token", refreshToken),
            ("scope", level.requestedScopes(withShared: withShared).joined(separator: " ")),
        ]
        do {
            return try await token(items, as: application, timeout: timeout)
        } catch {
            // Microsoft checks the secret before anything else, so nothing has been used up.
            guard Self.refusesApplication(error) else { throw error }
            for secret in await otherSecrets(than: application) {
                let other = Application(clientID: application.clientID, secret: secret, formerSecret: nil)
                do {
                    return try await token(items, as: other, timeout: timeout)
                } catch {
                    guard Self.refusesApplication(error) else { throw error }
                }
            }
            throw error
        }
    }

    private static func refusesApplication(_ fault: MicrosoftFault) -> Bool {
        fault.kind == .applicationFault || fault.kind == .applicationSuspected
    }

    /// Returns the secrets to try if the application's secret is refused: one that the operator has just written to the file,
    /// and the former one.
    private func otherSecrets(than application: Application) async -> [String] {
        var secrets: [String] = []
        if application.clientID == endpoints.clientID {
            await endpoints.secret.look()
            secrets = [endpoints.secret.newest].filter { $0 != application.secret }
        }
        return secrets + [application.formerSecret].compactMap { $0 }
    }

    private func token(
        _ items: [(String, String)], as application: Application, timeout: Duration
    ) async throws(MicrosoftFault) -> TokenAnswer {
        let form = items + [("client_id", application.clientID), ("client_secret", application.secret)]
        let response = try await send(
            .post, endpoints.token, headers: [OutboundHeader("content-type", "application/x-www-form-urlencoded")],
            body: Array(FormEncoding.encode(form).utf8), timeout: timeout)
        guard response.status == 200 else { throw MicrosoftFault(tokenAnswer: response) }
        guard let answer = TokenAnswer(response.body) else {
            throw MicrosoftFault(.transient, cause: "a malformed token response")
        }
        return answer
    }

    /// The account that a token belongs to.
    package struct Profile: Sendable {
        package let id: String
        package let mail: String?
        package let userPrincipalName: String
        /// The mailbox's addresses, if Graph returns them.
        package let proxyAddresses: [String]

        /// The mailbox's primary address.
        package var address: String { mail ?? userPrincipalName }
    }

    package func profile(accessToken: String, timeout: Duration) async throws(MicrosoftFault) -> Profile {
        let response = try await send(
            .get, endpoints.graph + "/me?$select=id,mail,userPrincipalName,proxyAddresses",
            headers: [OutboundHeader("authorization", "Bearer \(accessToken)")], timeout: timeout)
        guard response.status == 200 else { throw MicrosoftFault(graphAnswer: response) }
        guard let object = try? JSONParser().parse(response.body).value.asObject,
            let id = Self.text(object["id"]), let name = Self.text(object["userPrincipalName"])
        else { throw MicrosoftFault(.transient, cause: "a malformed profile") }
        let proxies = object["proxyAddresses"]?.asArray?.compactMap(\.asString) ?? []
        return Profile(
            id: id, mail: Self.text(object["mail"]), userPrincipalName: name,
            proxyAddresses: proxies.compactMap { $0.lowercased().hasPrefix("smtp:") ? String($0.dropFirst(5)) : nil })
    }

    /// Returns nil for an absent, empty or blank string.
    private static func text(_ value: JSONValue?) -> String? {
        guard let text = value?.asString?.trimmingWhitespace(), !text.isEmpty else { return nil }
        return text
    }

    /// Reads one message id from the inbox, which proves that the mailbox exists and that the token can read it.
    ///
    /// - Parameter shared: the address of a mailbox shared with the token's account; nil for its own.
    package func readInbox(
        of shared: String? = nil, accessToken: String, timeout: Duration
    ) async throws(MicrosoftFault) {
        let owner = shared.map { "/users/" + FormEncoding.escape($0) } ?? "/me"
        let response = try await send(
            .get, endpoints.graph + owner + "/mailFolders/inbox/messages?$top=1&$select=id",
            headers: [OutboundHeader("authorization", "Bearer \(accessToken)")], timeout: timeout)
        guard response.status == 200 else { throw MicrosoftFault(graphAnswer: response) }
        guard (try? JSONParser().parse(response.body).value)?.asObject?["value"]?.asArray != nil else {
            throw MicrosoftFault(.transient, cause: "a malformed list of messages")
        }
    }

    /// Fetches a document of the identity platform: discovery or keys. Also returns the `Date` header, for `doctor`.
    package func document(_ url: String, timeout: Duration) async throws(MicrosoftFault) -> (
        body: [UInt8], date: String?
    ) {
        let response = try await send(.get, url, timeout: timeout)
        guard response.status == 200 else {
            throw MicrosoftFault(.transient, cause: "an answer with status \(response.status)")
        }
        return (response.body, response.header("date"))
    }

    package func send(
        _ method: OutboundRequest.Method, _ url: String, headers: [OutboundHeader] = [], body: [UInt8]? = nil,
        timeout: Duration
    ) async throws(MicrosoftFault) -> OutboundResponse {
        guard await mayCall() else { throw .quarantined }
        let target: TargetURL
        do {
            target = try TargetURL(url, allowsPlainHTTP: allowsPlainHTTP)
        } catch {
            throw MicrosoftFault(.applicationFault, cause: "an invalid URL")
        }
        var headers = headers
        headers.append(OutboundHeader("accept", "application/json"))
        headers.append(OutboundHeader("user-agent", Hearth.userAgent))
        if let trace = TraceContext.current { headers.append(OutboundHeader("traceparent", trace.childHeader)) }
        do {
            return try await engine.send(
                OutboundRequest(method, target, headers: headers, body: body, timeout: max(timeout, .milliseconds(1))))
        } catch {
            throw MicrosoftFault(error)
        }
    }
}
