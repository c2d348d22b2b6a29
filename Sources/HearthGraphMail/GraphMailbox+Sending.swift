package import HearthMicrosoft
import HearthRules
import HearthWeb
import Outbound
import StrictJSON

/// Sending. A message is sent as a draft, which can be looked up, or at once.
extension GraphMailbox {
    /// Creates a draft. Needs `Mail.ReadWrite`.
    package func createDraft(
        _ message: GraphMessage, stamp: MessageStamp
    ) async throws(MicrosoftFault) -> FoundMessage {
        var json = JSONWriter()
        message.write(to: &json, stamp: stamp)
        let response = try await call(.post, "/me/messages", json: json.text)
        guard let draft = FoundMessage(try Self.object(response, "draft")) else {
            throw MicrosoftFault(.transient, source: .graph, cause: "a draft without an id", isUnanswered: true)
        }
        return draft
    }

    /// Sends a draft. Needs `Mail.Send`.
    ///
    /// - Returns: false if Microsoft asks to wait although it accepts the request, so that it may not have been sent.
    package func sendDraft(_ id: String) async throws(MicrosoftFault) -> Bool {
        let response = try await call(.post, "/me/messages/\(FormEncoding.escape(id))/send", json: "")
        return response.header("retry-after") == nil
    }

    /// Sends a message without a draft. Needs `Mail.Send`.
    ///
    /// - Returns: as ``sendDraft(_:)``.
    package func send(_ message: GraphMessage, stamp: MessageStamp) async throws(MicrosoftFault) -> Bool {
        var json = JSONWriter()
        json.object { json in
            json.name("message")
            message.write(to: &json, stamp: stamp)
            json.member("saveToSentItems", true)
        }
        let response = try await call(.post, "/me/sendMail", json: json.text)
        return response.header("retry-after") == nil
    }

    /// Finds the messages with a stamp, in all folders: drafts and copies of what was sent. Needs `Mail.Read`.
    package func find(_ stamp: MessageStamp) async throws(MicrosoftFault) -> [FoundMessage] {
        let query = FormEncoding.encode([
            ("$filter", stamp.filter), ("$select", FoundMessage.selection), ("$top", "10"),
        ])
        let response = try await call(.get, "/me/messages?\(query)")
        guard let found = try Self.object(response, "list of messages")["value"]?.asArray else {
            throw MicrosoftFault(.transient, source: .graph, cause: "a malformed list of messages")
        }
        return found.compactMap(\.asObject).compactMap(FoundMessage.init)
    }

    /// Deletes a draft that Hearth has created. One that is gone counts as deleted.
    package func deleteDraft(_ id: String) async throws(MicrosoftFault) {
        do {
            _ = try await call(.delete, "/me/messages/\(FormEncoding.escape(id))")
        } catch {
            guard error.graphCode == "ErrorItemNotFound" else { throw error }
        }
    }
}
