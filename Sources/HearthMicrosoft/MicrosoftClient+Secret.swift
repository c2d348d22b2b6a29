import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Outbound

extension MicrosoftClient {
    /// Whether Microsoft takes a secret of the operator's application: the application asks for a token of its own in its
    /// home directory ("OAuth 2.0 client credentials flow"), which can do nothing here and is thrown away.
    ///
    /// - Parameter home: the directory in which the application is registered; `common` would not do.
    /// - Throws: `MicrosoftFault`, of the kind `transient` when nothing was learnt.
    package func prove(secret: String, in home: String, timeout: Duration) async throws(MicrosoftFault) {
        let form = [
            ("grant_type", "client_credentials"), ("scope", endpoints.graphRoot + "/.default"),
            ("client_id", endpoints.clientID), ("client_secret", secret),
        ]
        let response = try await send(
            .post, "\(endpoints.authority)/\(home)/oauth2/v2.0/token",
            headers: [OutboundHeader("content-type", "application/x-www-form-urlencoded")],
            body: Array(FormEncoding.encode(form).utf8), timeout: timeout)
        guard response.status == 200 else { throw MicrosoftFault(tokenAnswer: response) }
    }
}
