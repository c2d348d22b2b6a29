/// The operation of a request, as named by faults and the request log.
package enum Operation: String, Sendable, CaseIterable {
    case discovery, instance, keys, authorize, token
    case adminConsent = "adminconsent"
    case me, folders, messages, drafts, send, sendMail, reply, move, deletion, delta, attachments, subscriptions
    case other

    /// Whether it belongs to Graph rather than to the identity platform.
    var isGraph: Bool {
        switch self {
        case .me, .folders, .messages, .drafts, .send, .sendMail, .reply, .move, .deletion, .delta, .attachments,
            .subscriptions:
            true
        case .discovery, .instance, .keys, .authorize, .token, .adminConsent, .other: false
        }
    }
}

/// A scripted fault: the requests it matches, how often, and what it does to the response.
package struct Fault: Sendable, Equatable {
    /// What replaces the regular body.
    package enum Body: String, Sendable, CaseIterable {
        /// Bytes that are not JSON, with a JSON content type.
        case garbage
        /// A gateway's error page.
        case html
        case empty
        /// The regular response, cut off halfway through its stated length.
        case truncate
        /// The connection closes without a response.
        case close
    }

    package var operation: Operation?
    /// The beginning of the path.
    package var path: String?
    /// The address of the account concerned.
    package var account: String?
    package var method: String?
    /// How many requests; nil until cleared.
    package var times: Int?
    /// How many matching requests are let through first.
    package var skip = 0

    package var status: Int?
    /// An AADSTS number or OAuth error for the identity platform, a code for Graph.
    package var error: String?
    package var retryAfterSeconds: Int?
    package var latencyMilliseconds: Int?
    /// How long the answer is held back after the operation took effect, in milliseconds of real time.
    package var answerDelayMilliseconds: Int?
    package var body: Body?
    /// Whether the operation takes effect before the fault: the mail is sent, the code is redeemed.
    package var takesEffect = false

    package init() {}

    /// Whether it does more than delay.
    var replacesAnswer: Bool { status != nil || error != nil || body != nil }
}

/// The faults in the order in which they were added. The first that matches a request applies to it.
struct FaultPlan: Sendable {
    private(set) var faults: [Fault] = []

    mutating func add(_ fault: Fault) {
        faults.append(fault)
    }

    mutating func clear() {
        faults = []
    }

    /// The fault for this request, counted down.
    mutating func next(operation: Operation, path: String, method: String, account: String?) -> Fault? {
        for index in faults.indices {
            let fault = faults[index]
            guard fault.operation.map({ $0 == operation }) ?? true,
                fault.path.map({ path.lowercased().hasPrefix($0.lowercased()) }) ?? true,
                fault.method.map({ $0.uppercased() == method }) ?? true,
                fault.account.map({ $0.lowercased() == account?.lowercased() }) ?? true
            else { continue }
            if fault.skip > 0 {
                faults[index].skip -= 1
                continue
            }
            if let times = fault.times {
                if times <= 1 { faults.remove(at: index) } else { faults[index].times = times - 1 }
            }
            return fault
        }
        return nil
    }
}
