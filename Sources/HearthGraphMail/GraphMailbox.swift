import HearthCore
package import HearthMicrosoft
import HearthRules
import Outbound
import StrictJSON

/// Calls to Microsoft Graph about the mail of one mailbox, with one access token. No call is repeated here.
package struct GraphMailbox: Sendable {
    let client: MicrosoftClient
    let accessToken: String
    let timeout: Duration

    /// - Parameter timeout: of each call.
    package init(_ client: MicrosoftClient, accessToken: String, timeout: Duration) {
        self.client = client
        self.accessToken = accessToken
        self.timeout = timeout
    }

    /// The ids stay the same when a message is moved. Each request has to ask for them.
    static let immutableIDs = #"IdType="ImmutableId""#

    /// - Parameter path: begins with `/`, with an encoded query.
    func call(
        _ method: OutboundRequest.Method, _ path: String, json: String? = nil, prefer: String? = immutableIDs
    ) async throws(MicrosoftFault) -> OutboundResponse {
        try await call(method, url: client.endpoints.graph + path, json: json, prefer: prefer)
    }

    func call(
        _ method: OutboundRequest.Method, url: String, json: String? = nil, prefer: String? = immutableIDs
    ) async throws(MicrosoftFault) -> OutboundResponse {
        var headers = [OutboundHeader("authorization", "Bearer \(accessToken)")]
        if let prefer { headers.append(OutboundHeader("prefer", prefer)) }
        if json != nil { headers.append(OutboundHeader("content-type", "application/json")) }
        let response = try await client.send(
            method, url, headers: headers, body: json.map { Array($0.utf8) }, timeout: timeout)
        guard (200..<300).contains(response.status) else { throw MicrosoftFault(graphAnswer: response) }
        return response
    }

    /// The object of an answer.
    ///
    /// - Throws: a transient fault without an answer, because the call may have taken effect.
    static func object(_ response: OutboundResponse, _ name: String) throws(MicrosoftFault) -> JSONObject {
        guard let object = try? JSONParser().parse(response.body).value.asObject else {
            throw MicrosoftFault(.transient, source: .graph, cause: "a malformed \(name)", isUnanswered: true)
        }
        return object
    }
}

extension MicrosoftFault {
    /// Graph refuses this request for good: it would answer any repetition in the same way.
    package var refusesRequest: Bool {
        guard let status, let graphCode, kind == .transient else { return false }
        return [400, 403, 404, 413, 415, 422].contains(status) && !Self.quotas.contains(graphCode)
    }

    /// Limits of the mailbox, which pass. Microsoft also answers them with 400 and 403.
    private static let quotas: Set<String> = [
        "ErrorExceededMessageLimit", "ErrorSubmissionQuotaExceeded", "ErrorQuotaExceeded",
    ]
}
