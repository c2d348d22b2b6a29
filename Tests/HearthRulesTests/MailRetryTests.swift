import Foundation
import HearthRules
import Testing

@Suite("Mail that was not accepted")
struct MailRetryTests {
    private let now = Date(timeIntervalSince1970: 1_772_446_530)

    @Test("is retried with growing pauses for about a day, then given up")
    func pauses() {
        var at = now
        var pauses: [TimeInterval] = []
        var attempts = 1
        while let next = MailRetry.next(afterAttempts: attempts, at: at, deadline: .distantFuture) {
            pauses.append(next.timeIntervalSince(at))
            at = next
            attempts += 1
        }
        #expect(pauses == pauses.sorted() && pauses.first == 60)
        #expect((20 * 3_600.0...30 * 3_600).contains(at.timeIntervalSince(now)))
    }

    @Test("is not retried if its link has expired by then")
    func deadline() {
        #expect(MailRetry.next(afterAttempts: 1, at: now, deadline: now.addingTimeInterval(60)) == nil)
        #expect(MailRetry.next(afterAttempts: 1, at: now, deadline: now.addingTimeInterval(61)) != nil)
    }

    @Test("the lowest level that covers two")
    func joined() {
        #expect(PermissionLevel.send.joined(with: nil) == .send)
        #expect(PermissionLevel.send.joined(with: .readOnly) == .readSend)
        #expect(PermissionLevel.readOnly.joined(with: .readOnly) == .readOnly)
        for level in PermissionLevel.allCases {
            #expect(level.joined(with: .warmup) == .warmup)
            #expect(PermissionLevel.readSend.joined(with: level) == (level == .warmup ? .warmup : .readSend))
        }
    }
}
