import NIOCore

/// Decides how long a connection may stay in its current state. Pure: it is told events and their times, and returns the
/// next deadline.
///
/// Four things are limited: the time to send a request's head, the time to send its body, the time for which the client may
/// stall while we write the response, and the number of pipelined requests. Idle connections are the server's concern
/// (`HTTP1Channel.Configuration.idleTimeout`).
struct ConnectionClock {
    enum Reading: Equatable {
        /// Between requests; nothing of the next one has arrived.
        case nothing
        /// Waiting for a head: the connection is new, or part of a head has arrived.
        case head(since: NIODeadline)
        case body(since: NIODeadline)
    }

    let limits: ServerLimits
    private(set) var reading: Reading
    private(set) var unanswered = 0
    private(set) var bodyBytes = 0
    private(set) var stalledSince: NIODeadline?
    /// Whether part of a message was read since the last ``readComplete(at:)``.
    private var sawPart = false

    init(limits: ServerLimits, connectedAt now: NIODeadline) {
        self.limits = limits
        reading = .head(since: now)
    }

    /// Records that a head was read.
    ///
    /// - Returns: whether the connection may continue.
    mutating func headRead(at now: NIODeadline) -> Bool {
        sawPart = true
        reading = .body(since: now)
        bodyBytes = 0
        unanswered += 1
        return unanswered <= limits.maximumPipelinedRequests
    }

    /// Records that part of a body was read.
    ///
    /// - Returns: whether the connection may continue.
    mutating func bodyRead(bytes: Int) -> Bool {
        sawPart = true
        bodyBytes += bytes
        return bodyBytes <= limits.maximumDiscardedBytes
    }

    mutating func endRead() {
        sawPart = true
        reading = .nothing
    }

    /// Records that all received bytes were decoded. If they yielded no message part, they are the start of a head.
    mutating func readComplete(at now: NIODeadline) {
        if reading == .nothing, !sawPart { reading = .head(since: now) }
        sawPart = false
    }

    mutating func answerWritten() {
        unanswered = max(unanswered - 1, 0)
    }

    mutating func writabilityChanged(isWritable: Bool, at now: NIODeadline) {
        stalledSince = isWritable ? nil : stalledSince ?? now
    }

    /// When to close the connection unless something happens first.
    var deadline: NIODeadline? {
        let forReading: NIODeadline? =
            switch reading {
            case .nothing: nil
            case .head(let since): since + limits.headTimeout
            case .body(let since): since + limits.bodyTimeout
            }
        let forWriting = stalledSince.map { $0 + limits.stallTimeout }
        return [forReading, forWriting].compactMap(\.self).min()
    }
}
