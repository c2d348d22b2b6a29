import HTTPTypes
import HearthWeb
import Hummingbird

/// What a person sees who would be refused with JSON elsewhere.
struct ConsoleErrorPage: Sendable {
    let views: ConsoleViews

    func show(_ refusal: APIError, request: Request, context: AppContext) throws -> Response {
        let content: [String: Any] = [
            "message": refusal.message, "code": refusal.code, "requestID": context.requestID, "back": "/console",
            "backLabel": "To the console",
        ]
        return try views.page(
            .error, title: Self.title(refusal.status), content, status: refusal.status, for: request)
    }

    private static func title(_ status: HTTPResponse.Status) -> String {
        switch status.code {
        case 403, 404: "This is not here for you"
        case 429: "A moment, please"
        case 400..<500: "That cannot be done"
        default: "Something went wrong"
        }
    }
}
