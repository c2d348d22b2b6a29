import HTTPTypes
import HearthRules
import HearthWeb
import Hummingbird
import StrictJSON

/// `If-Match` of a change to settings: it passes only if nobody has changed them since the caller looked.
struct SettingsCondition: Sendable {
    private let header: String

    /// Nil when the caller sets no condition.
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
                message: "If-Match must be the ETag of an earlier answer, in its double quotes, or *.")
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
