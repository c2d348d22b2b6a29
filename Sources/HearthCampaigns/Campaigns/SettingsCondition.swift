import HTTPTypes
import HearthRules
import HearthWeb
import Hummingbird
import StrictJSON

/// The `If-Match` header of a settings change, which succeeds only if the settings have not changed since the caller read
/// them.
struct SettingsCondition: Sendable {
    private let header: String

    /// Returns nil if the request has no condition.
    ///
    /// - Throws: 400 `IF_MATCH_INVALID`.
    init?(_ request: Request) throws(APIError) {
        guard let header = request.headers[.ifMatch] else { return nil }
        self.header = header
        do {
            _ = try SettingsTag(version: 0).satisfies(ifMatch: header)
        } catch {
            throw APIError(
                .badRequest, code: "IF_MATCH_INVALID",
                message: "If-Match must be the ETag of an earlier response, including its double quotes, or *.")
        }
    }

    /// - Throws: 412 `SETTINGS_CHANGED`.
    func check(_ version: Int) throws(APIError) {
        let tag = SettingsTag(version: version)
        guard (try? tag.satisfies(ifMatch: header)) == true else { throw .settingsChanged(tag) }
    }
}

extension APIError {
    static func settingsChanged(_ current: SettingsTag) -> APIError {
        APIError(
            .preconditionFailed, code: "SETTINGS_CHANGED",
            message:
                "The settings have changed since you read them. Read the campaign again, then send your change again.",
            details: [("current_etag", .string(current.text))], headers: [.eTag: current.text])
    }
}
