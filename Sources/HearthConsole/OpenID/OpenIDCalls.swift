import Foundation
import HearthRules
import Outbound
import StrictJSON

/// Why a sign-in through an OpenID provider failed; for the log.
struct OpenIDFault: Error, CustomStringConvertible {
    let description: String

    init(_ words: String) { description = words }
}

/// Calls to OpenID providers. Tenants choose the URLs, so the calls go through the guarded engine.
struct OpenIDCalls: Sendable {
    let engine: OutboundEngine
    let allowsPlainHTTP: Bool

    private static let timeout = Duration.seconds(10)
    /// Bytes; a key set with a hundred certificates is smaller.
    private static let longestAnswer = 262_144

    /// - Parameters:
    ///   - authorization: the value of the header `Authorization`.
    ///   - form: sent by POST; nil for a GET.
    ///   - tenant: on whose behalf the provider is called.
    func object(
        at url: TargetURL, authorization: String? = nil, form: String? = nil, for tenant: Int64
    ) async throws(OpenIDFault) -> JSONObject {
        var headers = [OutboundHeader("accept", "application/json"), OutboundHeader("user-agent", Hearth.userAgent)]
        if let authorization { headers.append(OutboundHeader("authorization", authorization)) }
        if form != nil { headers.append(OutboundHeader("content-type", "application/x-www-form-urlencoded")) }
        let response: OutboundResponse
        do {
            response = try await engine.send(
                OutboundRequest(
                    form == nil ? .get : .post, url, headers: headers, body: form.map { Array($0.utf8) },
                    timeout: Self.timeout,
                    maximumResponseBytes: Self.longestAnswer, fairnessKey: tenant))
        } catch {
            throw OpenIDFault("the provider cannot be reached: \(error)")
        }
        guard response.status == 200 else { throw OpenIDFault("the provider answered \(response.status)") }
        guard let object = try? JSONParser().parse(response.body).value.asObject else {
            throw OpenIDFault("the provider's answer is not a JSON object")
        }
        return object
    }

    /// - Parameter name: what the URL is, for the log.
    func url(_ text: String, _ name: String) throws(OpenIDFault) -> TargetURL {
        do {
            return try TargetURL(text, allowsPlainHTTP: allowsPlainHTTP)
        } catch {
            throw OpenIDFault("\(name) is not an allowed URL: \(error)")
        }
    }
}
