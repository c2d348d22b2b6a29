import Foundation

/// `GET .../mailFolders/{id}/messages/delta`
extension SimulatorState {
    private enum Item {
        case message(Message)
        case departure(Mailbox.Departure)

        var version: Int {
            switch self {
            case .message(let message): message.version
            case .departure(let departure): departure.version
            }
        }
    }

    private struct Page {
        var items: [Item]
        /// Where the next call goes on.
        var next: DeltaToken
        /// Whether everything is listed.
        var isLast: Bool
    }

    mutating func delta(of folder: String, _ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        try checkReading(caller)
        let mailbox = withMailbox(caller.mailbox) { mailbox, _ in mailbox }
        guard let folderID = mailbox.folder(folder)?.id else { throw .itemNotFound }
        let owner = caller.mailbox.id.objectID
        let token: DeltaToken
        if let text = exchange.query["$deltatoken"] ?? exchange.query["$skiptoken"] {
            guard let known = DeltaToken.parse(text), known.owner == owner, known.folder == folderID,
                known.simulatorEpoch == epoch, known.mailboxEpoch == mailbox.deltaEpoch
            else { throw expiredDelta(exchange) }
            token = known
        } else {
            token = try firstToken(exchange.query, owner: owner, folder: folderID, mailbox: mailbox)
        }
        let selection = try MessageSelection(select: token.select, expand: token.expand)
        let view = try MessageView(exchange, selection, caller: caller)
        let preferred = Self.maximumPageSize(exchange)
        let size = preferred ?? token.top ?? 10
        let filter = try token.filter.map { text throws(GraphFailure) in try MessageFilter(text) }
        let page =
            token.isStart && behaviours.deltaEmptyPages
            ? Page(items: [], next: token, isLast: false)
            : token.isEnumerating
                ? enumeration(of: mailbox, token, size: size, filter: filter)
                : changes(in: mailbox, token, size: size, filter: filter, isImmutable: view.isImmutable)
        var next = page.next
        next.isStart = page.isLast
        let link = "\(exchange.baseURL)\(exchange.path)?"
        let body: [String: JSON] = [
            "@odata.context": .string("\(exchange.baseURL)/v1.0/$metadata#Collection(message)"),
            "value": .array(page.items.map { Self.json(of: $0, view) }),
            page.isLast ? "@odata.deltaLink" : "@odata.nextLink":
                .string("\(link)\(page.isLast ? "$deltatoken" : "$skiptoken")=\(next.text)"),
        ]
        let reply = Reply.json(.object(body), type: Self.graphContentType)
        return preferred.map { view.noting(reply, "odata.maxpagesize=\($0)") } ?? view.noting(reply)
    }

    /// With a filter Microsoft lists no more than this.
    private static let filteredMaximum = 5000

    private static func maximumPageSize(_ exchange: Exchange) -> Int? {
        let preferences = exchange.preferences
        guard let found = preferences.range(of: "odata.maxpagesize=") else { return nil }
        return Int(preferences[found.upperBound...].prefix { $0.isNumber }).map { min(max($0, 1), 1000) }
    }

    private func firstToken(
        _ query: FormFields, owner: String, folder: String, mailbox: Mailbox
    ) throws(GraphFailure) -> DeltaToken {
        let known = ["$select", "$top", "$expand", "$filter", "$orderby", "changetype"]
        for pair in query.pairs where !known.contains(pair.name.lowercased()) {
            throw .badRequest("The query option '\(pair.name)' is not supported with delta.")
        }
        if let order = query["$orderby"], order.lowercased() != "receiveddatetime desc" {
            throw .badRequest("A delta can only be ordered by 'receivedDateTime desc'.")
        }
        if let text = query["$filter"] {
            for clause in try MessageFilter(text).clauses {
                guard case .comparison("receiveddatetime", let operation, _) = clause, ["ge", "gt"].contains(operation)
                else { throw .badRequest("A delta can only be filtered by 'receivedDateTime ge' or 'gt'.") }
            }
        }
        let changeType = query.pairs.first { $0.name.lowercased() == "changetype" }?.value.lowercased()
        guard [nil, "created", "updated", "deleted"].contains(changeType) else {
            throw .badRequest("Invalid value '\(changeType ?? "")' for changeType query option found.")
        }
        return DeltaToken(
            owner: owner, folder: folder, simulatorEpoch: epoch, mailboxEpoch: mailbox.deltaEpoch,
            select: query["$select"], expand: query["$expand"], filter: query["$filter"],
            top: query["$top"] == nil ? nil : try MessageQuery.number(query, "$top", default: 10, range: 1...1000),
            changeType: changeType, base: mailbox.version, since: mailbox.version, isEnumerating: true)
    }

    /// The next page of the first round: what was in the folder when it began, newest first.
    private func enumeration(
        of mailbox: Mailbox, _ token: DeltaToken, size: Int, filter: MessageFilter?
    ) -> Page {
        var left = mailbox.messages.filter { message in
            message.folder == token.folder && message.arrivedAt <= token.base && !message.isHidden
                && filter?.matches(message) ?? true
        }
        if let changeType = token.changeType, changeType != "created" { left = [] }
        left.sort { ($0.receivedAt, $0.position) > ($1.receivedAt, $1.position) }
        if let position = token.position {
            let after = (Date(timeIntervalSinceReferenceDate: position.receivedAt), position.place)
            left.removeAll { ($0.receivedAt, $0.position) >= after }
        }
        let allowance = filter == nil ? Int.max : Self.filteredMaximum - token.count
        let shown = left.prefix(min(size, allowance))
        var next = token
        next.count += shown.count
        let isLast = shown.count == left.count || shown.count == allowance
        if isLast {
            next = finished(token, since: token.base)
        } else if let last = shown.last {
            next.position = .init(
                receivedAt: last.receivedAt.timeIntervalSinceReferenceDate, place: last.position)
        }
        return Page(items: shown.map(Item.message), next: next, isLast: isLast)
    }

    /// The next page of a later round: what has changed since the last one, in the order of the changes.
    private func changes(
        in mailbox: Mailbox, _ token: DeltaToken, size: Int, filter: MessageFilter?, isImmutable: Bool
    ) -> Page {
        let since = token.isStart ? token.since - behaviours.deltaRepeats : token.since
        let present = mailbox.messages.filter {
            $0.folder == token.folder && $0.version > since && !$0.isHidden
        }
        var items: [Item] = []
        for message in present where filter?.matches(message) ?? true {
            let kind = message.arrivedAt > token.base ? "created" : "updated"
            if (token.changeType ?? kind) == kind { items.append(.message(message)) }
        }
        if (token.changeType ?? "deleted") == "deleted" {
            let returned = isImmutable ? Set(present.map(\.immutableID)) : []
            for departure in mailbox.departures.reversed() {
                if departure.version <= since { break }
                // What came and went since the last page was never listed.
                guard departure.folder == token.folder, departure.arrivedAt <= token.since,
                    !returned.contains(departure.immutableID)
                else { continue }
                items.append(.departure(departure))
            }
        }
        items.sort { $0.version < $1.version }
        let allowance = filter == nil ? Int.max : Self.filteredMaximum - token.count
        let shown = items.prefix(min(size, allowance))
        if shown.count == items.count || shown.count == allowance {
            return Page(items: Array(shown), next: finished(token, since: mailbox.version), isLast: true)
        }
        var next = token
        next.count += shown.count
        next.since = shown.last?.version ?? token.since
        return Page(items: Array(shown), next: next, isLast: false)
    }

    /// The token with which the next round begins.
    private func finished(_ token: DeltaToken, since: Int) -> DeltaToken {
        var next = token
        next.isEnumerating = false
        next.position = nil
        next.base = since
        next.since = since
        next.count = 0
        return next
    }

    private static func json(of item: Item, _ view: MessageView) -> JSON {
        switch item {
        case .message(let message):
            var members = view.members(message)
            members["@odata.type"] = "#microsoft.graph.message"
            return .object(members)
        case .departure(let departure):
            return [
                "@odata.type": "#microsoft.graph.message",
                "id": .string(view.isImmutable ? departure.immutableID : departure.id),
                "@removed": ["reason": "deleted"],
            ]
        }
    }

    private func expiredDelta(_ exchange: Exchange) -> GraphFailure {
        let text = "The sync state generation is not found; please start a full synchronization."
        switch behaviours.expiredDelta {
        case .syncStateNotFound: return GraphFailure(410, "SyncStateNotFound", text)
        case .lowerCase: return GraphFailure(410, "syncStateNotFound", text)
        case .location:
            var failure = GraphFailure(410, "syncStateNotFound", text)
            failure.location = "\(exchange.baseURL)\(exchange.path)"
            return failure
        case .resyncRequired:
            return GraphFailure(400, "resyncRequired", "Resync is required. Replace any local items.")
        }
    }
}
