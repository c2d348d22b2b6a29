import HearthCore
import HearthMicrosoft
package import HearthRules
import HearthWeb
import Outbound
import StrictJSON

/// A page of the changes in a folder.
package struct DeltaPage: Sendable {
    /// New and changed messages. The same message may come again.
    package let messages: [FoundMessage]
    /// Ids of messages that were deleted or moved to another folder.
    package let removed: [String]
    /// Where the next call continues: in this round, or with the changes after it.
    package let link: String
    /// Whether this round is complete.
    package let isLast: Bool
}

/// The position in a folder's changes is no longer known to Microsoft: the folder has to be read again.
package struct ResyncRequired: Error {}

extension GraphMailbox {
    /// Reads a page of the changes in a folder. Needs `Mail.Read`.
    ///
    /// - Parameter link: of the page before; nil to begin with all messages of the folder. Graph has no way to begin with
    ///   later changes only, and a filter by time would limit the result to 5,000 messages.
    /// - Throws: `MicrosoftFault`, or ``ResyncRequired``.
    package func changes(in folder: WatchedFolder, after link: String?) async throws -> DeltaPage {
        // The link is called with the token, so it has to lead to Graph.
        if let link, !link.lowercased().hasPrefix(client.endpoints.graph.lowercased() + "/") { throw ResyncRequired() }
        let url = link ?? client.endpoints.graph + Self.first(folder)
        do {
            let response = try await call(.get, url: url, prefer: Self.immutableIDs + ", odata.maxpagesize=100")
            let page = try Self.object(response, "page of changes")
            guard let values = page["value"]?.asArray,
                let next = (page["@odata.nextLink"] ?? page["@odata.deltaLink"])?.asString
            else { throw MicrosoftFault(.transient, source: .graph, cause: "a malformed page of changes") }
            let items = values.compactMap(\.asObject)
            return DeltaPage(
                messages: items.filter { $0["@removed"] == nil }.compactMap(FoundMessage.init),
                removed: items.filter { $0["@removed"] != nil }.compactMap { $0["id"]?.asString }, link: next,
                isLast: page["@odata.nextLink"] == nil)
        } catch let fault as MicrosoftFault where link != nil && fault.asksForResync {
            throw ResyncRequired()
        }
    }

    private static func first(_ folder: WatchedFolder) -> String {
        let query = FormEncoding.encode([
            ("$select", FoundMessage.selection), ("$expand", FoundMessage.expansion),
        ])
        return "/me/mailFolders/\(folder.rawValue)/messages/delta?\(query)"
    }
}

extension MicrosoftFault {
    /// Microsoft has forgotten the position of a delta. Its documents and its answers spell the codes differently.
    fileprivate var asksForResync: Bool {
        if status == 410 { return true }
        let code = graphCode?.lowercased() ?? ""
        return ["syncstatenotfound", "resyncrequired", "syncstateinvalid"].contains(code)
    }
}
