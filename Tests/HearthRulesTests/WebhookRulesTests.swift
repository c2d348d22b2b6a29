import Foundation
import HearthRules
import Testing

@Suite("Webhook rules")
struct WebhookRulesTests {
    @Test("ten retries, each pause up to a fifth longer than its length")
    func pauses() {
        let policy = RetryPolicy.standard
        #expect(policy.attempts == 11)
        for (index, seconds) in [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 43_200, 86_400].enumerated() {
            #expect(policy.pause(afterFailed: index + 1, random: 0) == Double(seconds))
            let longest = policy.pause(afterFailed: index + 1, random: 0.999_999) ?? 0
            #expect(longest > Double(seconds) && longest <= Double(seconds) * 1.2)
        }
        #expect(policy.pause(afterFailed: 11, random: 0) == nil)
        #expect(policy.pause(afterFailed: 0, random: 0) == nil)
    }

    @Test("Retry-After lengthens a pause, up to a day, and never shortens one")
    func retryAfter() {
        #expect(RetryPolicy.standard.pause(afterFailed: 1, random: 0, retryAfter: 60) == 60)
        #expect(RetryPolicy.standard.pause(afterFailed: 4, random: 0, retryAfter: 60) == 600)
        #expect(RetryPolicy.standard.pause(afterFailed: 1, random: 0, retryAfter: 10_000_000) == 86_400)
    }

    @Test(
        "Retry-After is parsed only as seconds or as an HTTP date",
        arguments: [
            ("0", 0), ("120", 120), ("99999999999999999999", Int.max), ("Sun, 06 Nov 1994 08:49:37 GMT", 37),
            ("Sun, 06 Nov 1994 08:48:00 GMT", 0), ("", nil), ("-1", nil), ("1.5", nil), ("soon", nil),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun, 31 Feb 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 CET", nil),
        ] as [(String, Int?)])
    func retryAfterForms(text: String, seconds: Int?) {
        let now = Date(timeIntervalSince1970: 784_111_740)  // 1994-11-06T08:49:00Z
        #expect(RetryAfter.seconds(text, at: now) == seconds)
    }

    @Test("ten failures in a row block an endpoint, for longer each time, and five days disable it")
    func health() {
        let start = Date(timeIntervalSince1970: 1_000_000)
        var health = EndpointHealth.healthy
        for _ in 1...9 { #expect(health.failed(at: start) == .open) }
        for seconds in [5.0, 10, 20, 40, 80, 160, 300, 300] {
            #expect(health.failed(at: start) == .blocked(until: start.addingTimeInterval(seconds)))
        }
        #expect(health.failed(at: start.addingTimeInterval(5 * 86_400)) == .disabled)
    }
}
