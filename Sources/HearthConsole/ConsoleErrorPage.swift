import HTTPTypes
import HearthWeb
import Hummingbird

/// The page shown in place of the API's JSON error.
struct ConsoleErrorPage: Sendable {
    let views: ConsoleViews

    func show(_ refusal: APIError, request: Request, context: AppContext) throws -> Response {
        let content: [String: Any] = [
            "message": refusal.message, "code": refusal.code, "requestID": context.requestID, "back": "/console",
            "backLabel": "Back to the console",
        ]
        return try views.page(
            .error, title: Self.title(refusal.status), content, status: refusal.status, for: request)
    }

    private static func title(_ status: HTTPResponse.Status) -> String {
        switch status.code {
        case 403, 404: "Not available"
        case 429: "Too many requests"
        case 400..<500: "Not possible"
        default: "Something went wrong"
        }
    }
}
