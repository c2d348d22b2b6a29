import Foundation
import StrictJSON
import Synchronization

/// The parts of an event that the sample partner uses.
struct SamplePartnerEvent: Sendable {
    let id: String
    let type: String
    let sequence: Int64
    let campaignID: Int64?
    let email: String

    init?(id: String, body: [UInt8]) {
        guard let object = try? JSONParser().parse(body).value.asObject, let type = object["type"]?.asString,
            let account = object["account"]?.asObject
        else { return nil }
        self.id = id
        self.type = type
        sequence = object["sequence"]?.asInteger ?? 0
        campaignID = account["campaign_id"]?.asInteger
        email = account["email"]?.asString ?? ""
    }
}

/// The partner's own records: every event once, with the action taken.
final class SamplePartnerRecords: Sendable {
    private struct State {
        var seen: Set<String> = []
        var entries: [(event: SamplePartnerEvent, action: String)] = []
    }

    private let state = Mutex(State())
    private let file: String?

    init(file: String?) {
        self.file = file
    }

    /// Remembers the id. Returns false if it was already known.
    func isNew(_ id: String) -> Bool { state.withLock { $0.seen.insert(id).inserted } }

    /// Forgets an id after a failure, so that the next delivery is handled again.
    func forget(_ id: String) { state.withLock { _ = $0.seen.remove(id) } }

    func add(_ event: SamplePartnerEvent, action: String) {
        state.withLock { $0.entries.append((event, action)) }
        if let file { _ = FileManager.default.createFile(atPath: file, contents: Data(json)) }
    }

    var json: [UInt8] {
        let entries = state.withLock { $0.entries }
        var json = JSONWriter()
        json.object { json in
            json.array("received") { json in
                for (event, action) in entries {
                    json.object { json in
                        json.member("webhook_id", event.id)
                        json.member("type", event.type)
                        json.member("sequence", event.sequence)
                        json.member("campaign_id", event.campaignID)
                        json.member("email", event.email)
                        json.member("action_taken", action)
                    }
                }
            }
        }
        return json.bytes
    }
}
