import HearthRules
import HearthWeb
import Outbound
import StrictJSON

/// Reads what an import needs from a Mailivery-style API. Waits when the source asks for it, and retries transient faults.
struct SourceAPI: Sendable {
    let engine: OutboundEngine
    let base: String
    let key: String
    let allowsPlainHTTP: Bool
    let pause: @Sendable (Duration) async throws -> Void
    /// Called before each wait with a description of it.
    let onWait: @Sendable (String) -> Void

    /// Limits for one call: attempts that fail, waits that the source asks for, and the seconds of one such wait.
    private static let tries = 6
    private static let patience = 100
    private static let longestWait = 300
    /// Bytes. Mailivery's list has no pages.
    private static let listLimit = 512 << 20

    /// Returns all campaigns, and the number of entries that are not campaigns.
    func campaigns() async throws -> (campaigns: [SourceCampaign], unreadable: Int) {
        let data = try await get("/campaigns", timeout: .seconds(300), limit: Self.listLimit) { value in
            value.asArray ?? value.asObject?["data"]?.asArray
        }
        let campaigns = data.compactMap(SourceCampaign.init)
        return (campaigns, data.count - campaigns.count)
    }

    /// Returns one campaign with all its details.
    func campaign(_ id: String) async throws -> SourceCampaign {
        let path = "/campaigns/\(FormEncoding.escape(id))"
        return try await get(path, timeout: .seconds(30), limit: 1 << 20) { value in
            let campaign = (value.asObject?["data"] ?? value).asObject.flatMap { SourceCampaign(.object($0)) }
            return campaign?.id == id ? campaign : nil
        }
    }

    /// Returns how many e-mails the account may send a day; nil if the source does not say.
    func emailPerDay() async throws -> Int64? {
        do {
            return try await get("/account/limits", timeout: .seconds(30), limit: 1 << 20) { value in
                value.asObject?["data"]?.asObject?["email_per_day"]?.asObject?["total"]?.asInteger
            }
        } catch let fault as SourceFault where !fault.isFatal {
            return nil
        }
    }

    private func get<Value>(
        _ path: String, timeout: Duration, limit: Int, read: (JSONValue) -> Value?
    ) async throws -> Value {
        var faults = 0
        var waits = 0
        while true {
            let step = try await attempt(path, timeout: timeout, limit: limit, read: read)
            switch step {
            case .value(let value): return value
            case .wait(let seconds):
                waits += 1
                guard waits <= Self.patience else { throw SourceFault("the source keeps answering 429") }
                onWait("the source answered 429; retrying in \(seconds) s")
                try await pause(.seconds(seconds))
            case .fault(let words):
                faults += 1
                guard faults < Self.tries else { throw SourceFault(words) }
                let seconds = 1 << (faults - 1)
                onWait("\(words); retrying in \(seconds) s")
                try await pause(.seconds(seconds))
            }
        }
    }

    private enum Step<Value> {
        case value(Value)
        /// Status 429; the seconds to wait.
        case wait(Int)
        case fault(String)
    }

    private func attempt<Value>(
        _ path: String, timeout: Duration, limit: Int, read: (JSONValue) -> Value?
    ) async throws -> Step<Value> {
        let url = try TargetURL(base + path, allowsPlainHTTP: allowsPlainHTTP)
        let request = OutboundRequest(
            .get, url,
            headers: [
                OutboundHeader("authorization", "Bearer \(key)"), OutboundHeader("accept", "application/json"),
                OutboundHeader("user-agent", "Hearth/\(Hearth.version)"),
            ], timeout: timeout, maximumResponseBytes: limit)
        let response: OutboundResponse
        do {
            response = try await engine.send(request)
        } catch {
            return .fault("\(error)")
        }
        switch response.status {
        case 200..<300: break
        case 429:
            let asked = response.header("retry-after").flatMap { Int($0) } ?? 5
            return .wait(min(max(asked, 1), Self.longestWait))
        case 500...: return .fault("the source answered \(response.status)")
        case 401: throw SourceFault("the source refuses the key (401)", isFatal: true)
        case 403, 404: throw SourceFault("not found or not accessible at the source (\(response.status))")
        default: throw SourceFault("the source answered \(response.status)")
        }
        guard let value = try? JSONParser().parse(response.body).value, let found = read(value) else {
            return .fault("the source's response has an unexpected format")
        }
        return .value(found)
    }
}

/// Why the source could not be read.
struct SourceFault: Error, CustomStringConvertible {
    let description: String
    /// Whether no other campaign could be read either.
    let isFatal: Bool

    init(_ words: String, isFatal: Bool = false) {
        description = words
        self.isFatal = isFatal
    }
}
