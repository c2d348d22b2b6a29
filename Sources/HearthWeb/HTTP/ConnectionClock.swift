import NIOCore

/// Decides how long a connection may go on as it is. Pure: it is told what happens and when, and names the next deadline.
///
/// Four things are limited: the time to send the head of a request, the time to send its body, the time in which the
/// peer takes nothing of an answer, and the number of requests sent ahead of their answers. Idle connections are the
/// server's own business (`HTTP1Channel.Configuration.idleTimeout`).
struct ConnectionClock {
    enum Reading: Equatable {
        /// Between requests, and nothing of the next one has arrived.
        case nothing
        /// A head is due: the connection is new, or part of a head has arrived.
        case head(since: NIODeadline)
        case body(since: NIODeadline)
    }

    let limits: ServerLimits
    private(set) var reading: Reading
    private(set) var unanswered = 0
    private(set) var bodyBytes = 0
    private(set) var stalledSince: NIODeadline?
    /// Whether a part of a message was read since the last ``readComplete(at:)``.
    private var sawPart = false

    init(limits: ServerLimits, connectedAt now: NIODeadline) {
        self.limits = limits
        reading = .head(since: now)
    }

    /// A head was read.
    ///
    /// - Returns: Whether the connection may go on.
    mutating func headRead(at now: NIODeadline) -> Bool {
        sawPart = true
        reading = .body(since: now)
        bodyBytes = 0
        unanswered += 1
        return unanswered <= limits.maximumPipelinedRequests
    }

    /// A part of a body was read.
    ///
    /// - Returns: Whether the connection may go on.
    mutating func bodyRead(bytes: Int) -> Bool {
        sawPart = true
        bodyBytes += bytes
        return bodyBytes <= limits.maximumDiscardedBytes
    }

    mutating func endRead() {
        sawPart = true
        reading = .nothing
    }

    /// All that had arrived was decoded. If none of it made a part, it is the beginning of a head.
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

    /// When the connection is to be cut unless something happens before.
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
