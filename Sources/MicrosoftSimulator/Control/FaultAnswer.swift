import Foundation

/// The response to a request that a fault matches.
extension SimulatorState {
    /// The reply in place of the regular one; nil if the fault only delays it or cuts it off.
    mutating func reply(for fault: Fault, operation: Operation, _ exchange: Exchange) -> Reply? {
        var reply: Reply
        switch fault.body {
        case .html:
            reply = .html(
                "<html><head><title>Service unavailable</title></head><body><h2>Our services aren't available right now"
                    + "</h2></body></html>",
                status: fault.status ?? 503
            )
        case .garbage:
            reply = Reply(
                status: fault.status ?? 200,
                headers: [("Content-Type", "application/json; charset=utf-8")],
                body: Data("{\"access_token\":\"\u{0}\u{1}<<<".utf8)
            )
        case .empty:
            reply = .empty(fault.status ?? 200)
        case .truncate, .close:
            return nil
        case nil:
            guard fault.replacesAnswer else { return nil }
            reply = refusal(for: fault, operation: operation, exchange)
        }
        if let seconds = fault.retryAfterSeconds { reply = reply.adding("Retry-After", String(seconds)) }
        return reply
    }

    private mutating func refusal(for fault: Fault, operation: Operation, _ exchange: Exchange) -> Reply {
        if operation.isGraph {
            return graphError(.known(fault.error, status: fault.status), exchange)
        }
        var failure = identityFailure(for: fault)
        if operation == .authorize, fault.status == nil, let segment = exchange.segments.first,
            let client = try? trustedClient(exchange.parameters, tenant: segment)
        {
            return redirect(refusal: failure, to: client, exchange)
        }
        if let status = fault.status { failure.status = status }
        return tokenError(failure, exchange)
    }

    private func identityFailure(for fault: Fault) -> IdentityFailure {
        if let error = fault.error {
            let digits = error.uppercased().hasPrefix("AADSTS") ? error.dropFirst("AADSTS".count) : error[...]
            if let code = Int(digits) { return IdentityFailure(code) }
            return IdentityFailure(error: error, code: nil, text: "The request failed.")
        }
        switch fault.status ?? 500 {
        case 429: return IdentityFailure(90055)
        case 500...: return IdentityFailure(90033)
        default: return IdentityFailure(9002313)
        }
    }
}
