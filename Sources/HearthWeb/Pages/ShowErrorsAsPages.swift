package import Hummingbird
import NIOHTTP1

/// Renders errors as HTML pages instead of JSON, for routes that people visit.
package struct ShowErrorsAsPages: RouterMiddleware {
    package let errors: RenderErrors
    let page: @Sendable (APIError, Request, AppContext) throws -> Response

    package init(errors: RenderErrors, page: @escaping @Sendable (APIError, Request, AppContext) throws -> Response) {
        self.errors = errors
        self.page = page
    }

    package func handle(_ request: Request, context: AppContext, next: NextResponder) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            throw error  // The server answers 400 and closes the connection.
        } catch {
            let refusal = errors.refusal(for: error, request: request, context: context)
            context.facts.errorCode = refusal.code
            var response = try page(refusal, request, context)
            for field in refusal.headers { response.headers[field.name] = field.value }
            return response
        }
    }
}
