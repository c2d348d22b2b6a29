import NIOCore
import Testing

@testable import HearthWeb

@Suite("The deadlines of a connection")
struct ConnectionClockTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private var mayGoOn = false
    private var clock = ConnectionClock(limits: ServerLimits(), connectedAt: start)

    private func at(_ seconds: Int64) -> NIODeadline { Self.start + .seconds(seconds) }

    @Test("a new connection has ten seconds for its first head, whatever drips in")
    mutating func firstHead() {
        #expect(clock.deadline == at(10))
        clock.readComplete(at: at(5))
        #expect(clock.deadline == at(10))
    }

    @Test("a body has sixty seconds from its head, whatever drips in")
    mutating func body() {
        mayGoOn = clock.headRead(at: at(3))
        #expect(mayGoOn)
        clock.readComplete(at: at(3))
        #expect(clock.deadline == at(63))
        mayGoOn = clock.bodyRead(bytes: 1)
        #expect(mayGoOn)
        clock.readComplete(at: at(40))
        #expect(clock.deadline == at(63))
        clock.endRead()
        clock.readComplete(at: at(41))
        #expect(clock.deadline == nil)
    }

    @Test("the next head has ten seconds from its first byte, not from the last request")
    mutating func nextHead() {
        _ = clock.headRead(at: at(1))
        clock.endRead()
        clock.readComplete(at: at(1))
        #expect(clock.deadline == nil)
        clock.readComplete(at: at(30))
        #expect(clock.deadline == at(40))
        clock.readComplete(at: at(35))
        #expect(clock.deadline == at(40))
        _ = clock.headRead(at: at(36))
        clock.endRead()
        clock.readComplete(at: at(36))
        #expect(clock.deadline == nil)
    }

    @Test("a peer that takes nothing of its answer has sixty seconds")
    mutating func stalled() {
        _ = clock.headRead(at: at(0))
        clock.endRead()
        clock.writabilityChanged(isWritable: false, at: at(5))
        clock.writabilityChanged(isWritable: false, at: at(6))
        #expect(clock.deadline == at(65))
        clock.writabilityChanged(isWritable: true, at: at(20))
        #expect(clock.deadline == nil)
    }

    @Test("requests ahead of their answers are bounded")
    mutating func pipelining() {
        for _ in 0..<64 {
            mayGoOn = clock.headRead(at: at(0))
            #expect(mayGoOn)
            clock.endRead()
        }
        clock.answerWritten()
        mayGoOn = clock.headRead(at: at(0))
        #expect(mayGoOn)
        mayGoOn = clock.headRead(at: at(0))
        #expect(!mayGoOn)
    }

    @Test("bytes of a refused body are bounded, for each request anew")
    mutating func discarded() {
        _ = clock.headRead(at: at(0))
        mayGoOn = clock.bodyRead(bytes: 16 * 1024 * 1024)
        #expect(mayGoOn)
        mayGoOn = clock.bodyRead(bytes: 1)
        #expect(!mayGoOn)
        _ = clock.headRead(at: at(0))
        mayGoOn = clock.bodyRead(bytes: 1)
        #expect(mayGoOn)
    }
}
