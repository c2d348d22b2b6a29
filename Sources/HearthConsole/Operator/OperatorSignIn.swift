import Foundation
import HTTPTypes
import HearthCore
import HearthOperations
import HearthRules
import HearthWeb
import Hummingbird
import Logging
import Outbound
import StrictJSON

/// Signs in with the operator's token, and out in this browser or everywhere.
struct OperatorSignIn: Sendable {
    let gate: OperatorGate
    let failures: FailedAttempts
    let randomBytes: @Sendable (Int) -> [UInt8]

    func form(_ request: Request, context: AppContext) throws -> Response { try show(for: request) }

    func signIn(_ request: Request, context: AppContext) async throws -> Response {
        guard gate.origin.sent(request) else { throw APIError.foreignForm }
        let body = try await ParsedBody.read(request, context: context)
        let digest = OperatorGate.digest(of: body.object["token"]?.asString?.trimmingWhitespace() ?? "")
        guard isEqualInConstantTime(digest, gate.tokenDigest) else {
            context.logger.warning("The operator's sign-in failed", metadata: ["request_id": "\(context.requestID)"])
            do {
                try failures.count(context.clientAddress)
            } catch {
                return try show(.tooManyRequests, problem: "Too many failed sign-ins. Wait a minute.", for: request)
            }
            return try show(.unauthorized, problem: "That is not the token of this service.", for: request)
        }
        let session = ConsoleSession(.operator(tokenDigest: digest), randomBytes: randomBytes)
        try await gate.sessions.begin(session, from: context.clientAddress.map(\.description), at: gate.now())
        var response = Response.redirect(to: "/console/operator", type: .normal)
        response.headers[.setCookie] = ConsoleCookie.operator.header(
            try session.seal(by: gate.keyRing), isSecure: gate.isSecure)
        return response
    }

    func signOut(_ visit: OperatorVisit) async throws -> Response {
        try await gate.sessions.end(visit.session)
        return signedOut
    }

    func signOutEverywhere(_ visit: OperatorVisit) async throws -> Response {
        try await gate.sessions.endAll()
        return signedOut
    }

    private var signedOut: Response {
        var response = Response.redirect(to: "/console/operator/sign-in", type: .normal)
        response.headers[.setCookie] = ConsoleCookie.operator.header(nil, isSecure: gate.isSecure)
        return response
    }

    private func show(
        _ status: HTTPResponse.Status = .ok, problem: String? = nil, for request: Request
    ) throws -> Response {
        var content: [String: Any] = [:]
        content["problem"] = problem
        return try gate.views.page(.operatorSignIn, title: "Operator", content, status: status, for: request)
    }
}
