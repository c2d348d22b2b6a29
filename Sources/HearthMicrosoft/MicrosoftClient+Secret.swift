import Foundation
import HearthCore
import HearthRules
import HearthWeb
import Outbound

extension MicrosoftClient {
    /// Checks that Microsoft accepts a secret of the operator's application: requests a token for the application itself in
    /// its home directory ("OAuth 2.0 client credentials flow"), which has no permissions and is discarded.
    ///
    /// - Parameter home: the directory in which the application is registered; `common` does not work.
    /// - Throws: `MicrosoftFault`, of the kind `transient` if the result is unknown.
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
