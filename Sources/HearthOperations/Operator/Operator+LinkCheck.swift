import Foundation
import HearthCore
import HearthMicrosoft
import HearthOnboarding
import HearthRules
import HearthWeb
import Outbound

extension Operator {
    private static let timeout = Duration.seconds(10)
    /// Maximum redirects within Microsoft's own host.
    private static let longestWay = 5

    /// Follows a link as far as a browser gets in which nobody is signed in, with the application, redirect URI and permissions
    /// of owners' links. Then does the same with the redirect URI of administrators' links.
    func linkFindings(_ client: MicrosoftClient) async -> [Finding] {
        let endpoints = client.endpoints
        let owners = await visit(client, comingBackTo: endpoints.redirectURI)
        let administrators = await visit(client, comingBackTo: endpoints.adminRedirectURI)
        return [
            linkFinding("owners' link", owners, comingBackTo: endpoints.redirectURI, otherwise: .failure),
            // Mailboxes can be connected without it.
            linkFinding(
                "administrators' link", administrators, comingBackTo: endpoints.adminRedirectURI, otherwise: .warning),
        ]
    }

    private func visit(_ client: MicrosoftClient, comingBackTo redirectURI: String) async -> AuthorizeAnswer {
        let endpoints = client.endpoints
        // It belongs to no consent, and no owner gets it.
        let link = ConsentLink(tenantID: 1, consentID: 1, seed: SecureRandom.bytes(LinkSeed.length))
        var url = AuthorizeURL(endpoints: endpoints, clientID: endpoints.clientID, redirectURI: redirectURI).text(
            for: link, level: .warmup, withShared: false, loginHint: nil)
        for _ in 0..<Self.longestWay {
            let answer: AuthorizeAnswer
            do {
                let response = try await client.engine.send(
                    OutboundRequest(
                        .get, TargetURL(url, allowsPlainHTTP: client.allowsPlainHTTP), headers: Self.browserHeaders,
                        timeout: Self.timeout, maximumResponseBytes: 2 << 20, truncatesResponse: true))
                answer = AuthorizeAnswer(response, to: url, clientID: endpoints.clientID, redirectURI: redirectURI)
            } catch {
                return .unclear("\(error)")
            }
            guard case .further(let next) = answer else { return answer }
            url = next
        }
        return .unclear("Microsoft redirects too many times")
    }

    private static let browserHeaders = [
        OutboundHeader("accept", "text/html"), OutboundHeader("accept-language", "en"),
        OutboundHeader("user-agent", Hearth.userAgent),
    ]

    private func linkFinding(
        _ name: String, _ answer: AuthorizeAnswer, comingBackTo redirectURI: String, otherwise verdict: Finding.Verdict
    ) -> Finding {
        switch answer {
        case .signIn:
            Finding(
                name: name, verdict: .ok,
                words: "Microsoft asks for a sign-in and knows the application and its redirect URI \(redirectURI)")
        case .refused(let code):
            Finding(name: name, verdict: verdict, words: refusal(code, redirectURI))
        case .unclear(let words):
            Finding(name: name, verdict: .warning, words: "could not be checked: \(words)")
        case .further:
            Finding(name: name, verdict: .warning, words: "could not be checked")
        }
    }

    private func refusal(_ code: Int?, _ redirectURI: String) -> String {
        let (clientID, tenant) = (settings.microsoft.clientID, settings.microsoft.tenant)
        let number = code.map { " (AADSTS\($0))" } ?? ""
        return switch code {
        case 50_011, 900_971:
            "Microsoft shows an error instead of the sign-in page\(number): register exactly \(redirectURI) as a web redirect URI of the application"
        case 700_016, 700_011, 70_001, nil:
            "Microsoft does not know the application \(clientID) for accounts of '\(tenant)'\(number): check HEARTH_MICROSOFT_CLIENT_ID, HEARTH_MICROSOFT_TENANT and which accounts the application is registered for"
        case 50_194:
            "the application is registered for a single directory\(number): set HEARTH_MICROSOFT_TENANT to it, or register the application for accounts in any directory"
        case 90_002, 900_023:
            "Microsoft does not know the directory '\(tenant)'\(number): check HEARTH_MICROSOFT_TENANT"
        case let code?:
            "Microsoft shows an error instead of the sign-in page: AADSTS\(code), see https://login.microsoftonline.com/error?code=\(code)"
        }
    }

    /// Checks that the public URL leads to this service, which must answer with its own page for an unknown link.
    func publicURLFinding() async -> Finding {
        let name = "public URL"
        func unknown(_ words: String) -> Finding {
            Finding(name: name, verdict: .warning, words: "could not be checked from here: \(words)")
        }
        let url = settings.microsoft.redirectURI
        let engine: OutboundEngine
        do { engine = try OutboundEngine(.publicURL(settings)) } catch { return unknown("\(error)") }
        let result: Result<OutboundResponse, any Error>
        do {
            result = .success(
                try await engine.send(
                    OutboundRequest(
                        .get, TargetURL(url, allowsPlainHTTP: settings.isDevelopment), headers: Self.browserHeaders,
                        timeout: Self.timeout, truncatesResponse: true)))
        } catch {
            result = .failure(error)
        }
        await engine.shutdown()
        switch result {
        // A public address is often not reachable from within its own network.
        case .failure(let error): return unknown("\(url): \(error)")
        case .success(let response) where response.status >= 500:
            return unknown("\(url) answers with status \(response.status); is the service running?")
        case .success(let response):
            let title = OwnerPhrase.unknownTitle.text(in: .english)
            let isOurs =
                response.status == 404 && String(decoding: response.body, as: UTF8.self).contains("<title>\(title)<")
            return Finding(
                name: name, verdict: isOurs ? .ok : .failure,
                words: isOurs
                    ? "\(settings.publicURL) leads to this service"
                    : "\(url) answers with status \(response.status) and a page that is not Hearth's: HEARTH_PUBLIC_URL, or the proxy in front, leads elsewhere"
            )
        }
    }
}
