import Foundation
import HTTPTypes

/// An attachment that arrives in parts.
struct UploadSession: Sendable {
    /// A session that is not used ends after a day.
    static let lifetime: TimeInterval = 86_400
    /// One part may be no larger, in bytes.
    static let largestPart = 4 * 1024 * 1024

    let owner: AccountID
    /// Immutable.
    let messageID: String
    var attachment: Attachment
    let size: Int
    var expiresAt: Date

    /// Everything but the bytes: a second reference to them would make every new part copy all of them.
    var state: (owner: AccountID, messageID: String, size: Int, received: Int, expiresAt: Date) {
        (owner, messageID, size, attachment.bytes.count, expiresAt)
    }
}

extension SimulatorState {
    /// `POST .../attachments/createUploadSession`
    mutating func createUploadSession(
        _ id: String, _ exchange: Exchange, caller: Caller
    ) throws(GraphFailure) -> Reply {
        let message = try draftToAttach(id, caller: caller)
        let json = try Self.object(exchange)["attachmentItem"] ?? .null
        guard json["attachmentType"]?.string?.lowercased() == "file", let name = json["name"]?.string,
            case .integer(let size)? = json["size"], size > 0
        else { throw GraphFailure(400, "ErrorInvalidRequest", "The attachment item is incomplete.") }
        guard size <= Attachment.largest else {
            throw GraphFailure(413, "ErrorAttachmentSizeLimitExceeded", "The attachment exceeds the maximum size.")
        }
        var attachment = Attachment(name: name, bytes: Data())
        if let value = json["contentType"]?.string { attachment.contentType = value }
        if let value = json["isInline"]?.lenientBool { attachment.isInline = value }
        attachment.contentID = json["contentId"]?.string
        let key = random.guid()
        uploads[key] = UploadSession(
            owner: caller.mailbox.id, messageID: message.immutableID, attachment: attachment, size: size,
            expiresAt: now.addingTimeInterval(UploadSession.lifetime))
        // The address is not Graph's, and its query is the only credential.
        let url = "\(exchange.baseURL)/upload/AttachmentSessions('\(key)')?authtoken=\(uploadToken(key))"
        return .json(
            [
                "@odata.context": .string("\(exchange.baseURL)/v1.0/$metadata#microsoft.graph.uploadSession"),
                "uploadUrl": .string(url),
                "expirationDateTime": .string(Timestamp.graph(now.addingTimeInterval(UploadSession.lifetime))),
                "nextExpectedRanges": ["0-"],
            ], status: 201, type: Self.graphContentType)
    }

    /// `PUT` and `DELETE` of an upload's own address.
    mutating func upload(_ exchange: Exchange) -> Reply {
        do throws(GraphFailure) {
            return dressed(try uploaded(exchange), exchange)
        } catch {
            return graphError(error, exchange)
        }
    }

    /// The session that an upload's address names.
    func uploadKey(_ exchange: Exchange) -> String? {
        guard let segment = exchange.segments.dropFirst().first, let open = segment.firstIndex(of: "'"),
            let close = segment.lastIndex(of: "'"), open < close
        else { return nil }
        let key = String(segment[segment.index(after: open)..<close])
        return exchange.query["authtoken"] == uploadToken(key) ? key : nil
    }

    private func uploadToken(_ key: String) -> String { String(key.reversed()) }

    private mutating func uploaded(_ exchange: Exchange) throws(GraphFailure) -> Reply {
        guard exchange.bearerToken == nil else {
            throw GraphFailure(401, "InvalidAuthenticationToken", "An upload must not carry an access token.")
        }
        guard let key = uploadKey(exchange), let session = uploads[key]?.state, now < session.expiresAt else {
            throw .itemNotFound
        }
        if exchange.method == .delete {
            uploads[key] = nil
            return .empty(204)
        }
        guard exchange.method == .put else { throw .methodNotAllowed }
        let range = try Self.range(exchange.header("Content-Range") ?? "")
        guard range.total == session.size, range.bytes.lowerBound == session.received,
            range.bytes.count == exchange.body.count
        else {
            throw GraphFailure(416, "ErrorInvalidRange", "The range is not the one that is expected next.")
        }
        let end = now.addingTimeInterval(UploadSession.lifetime)
        uploads[key]?.attachment.bytes.append(exchange.body)
        uploads[key]?.expiresAt = end
        let next = range.bytes.upperBound
        if next < session.size {
            return .json(
                [
                    "expirationDateTime": .string(Timestamp.graph(end)),
                    "nextExpectedRanges": [.string(String(next))],
                ], type: Self.graphContentType)
        }
        guard let finished = uploads.removeValue(forKey: key), let owner = directory.account(session.owner) else {
            throw .itemNotFound
        }
        var attached: Attachment?
        let changed = change(session.messageID, of: owner) { message in
            attached = message.content.attach(finished.attachment)
        }
        guard let changed, let attached else { throw .itemNotFound }
        let place = "Messages('\(changed.id)')/Attachments('\(attached.id(in: changed))')"
        return Reply.empty(201).adding("Location", "\(exchange.baseURL)/v1.0/Users('\(owner.graphID)')/\(place)")
    }

    /// Reads `bytes 0-3/10`.
    private static func range(_ text: String) throws(GraphFailure) -> (bytes: Range<Int>, total: Int) {
        let numbers = text.lowercased().replacingOccurrences(of: "bytes", with: "")
            .split { "-/ ".contains($0) }.compactMap { Int($0) }
        guard numbers.count == 3, numbers[0] <= numbers[1], numbers[1] < numbers[2] else {
            throw GraphFailure(400, "ErrorInvalidRequest", "The Content-Range header is invalid.")
        }
        return (numbers[0]..<numbers[1] + 1, numbers[2])
    }
}
