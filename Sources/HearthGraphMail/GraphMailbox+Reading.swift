package import HearthMicrosoft
import HearthWeb
import Outbound
import StrictJSON

/// Reading one message. Needs `Mail.Read`.
extension GraphMailbox {
    /// The header fields of a received message.
    ///
    /// - Returns: nil if the message is gone.
    package func headers(of id: String) async throws(MicrosoftFault) -> [(name: String, value: String)]? {
        let path = "/me/messages/\(FormEncoding.escape(id))?$select=internetMessageHeaders"
        guard let response = try await unlessGone({ () async throws(MicrosoftFault) in try await call(.get, path) })
        else {
            return nil
        }
        let headers = try Self.object(response, "message")["internetMessageHeaders"]?.asArray ?? []
        return headers.compactMap(\.asObject).compactMap { header in
            guard let name = header["name"]?.asString, let value = header["value"]?.asString else { return nil }
            return (name, value)
        }
    }

    /// The message as MIME.
    ///
    /// - Returns: nil if the message is gone.
    package func source(of id: String) async throws(MicrosoftFault) -> [UInt8]? {
        let path = "/me/messages/\(FormEncoding.escape(id))/$value"
        return try await unlessGone({ () async throws(MicrosoftFault) in try await call(.get, path) })?.body
    }

    private func unlessGone(
        _ call: () async throws(MicrosoftFault) -> OutboundResponse
    ) async throws(MicrosoftFault) -> OutboundResponse? {
        do {
            return try await call()
        } catch {
            guard error.graphCode == "ErrorItemNotFound" else { throw error }
            return nil
        }
    }
}
