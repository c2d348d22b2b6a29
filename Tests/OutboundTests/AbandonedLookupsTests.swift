import Testing

@testable import Outbound

@Suite("Abandoned lookups")
struct AbandonedLookupsTests {
    @Test("there is a limit per key and a common limit")
    func limits() {
        var lookups = AbandonedLookups(maximum: 6, maximumPerKey: 2)
        #expect(lookups.admits(key: 1))
        lookups.add(thread: "a", key: 1)
        lookups.add(thread: "b", key: 1)
        #expect(!lookups.admits(key: 1))
        #expect(lookups.admits(key: 2))
        #expect(lookups.admits(key: nil))
        for name in ["c", "d", "e"] { lookups.add(thread: name, key: nil) }
        #expect(lookups.admits(key: nil))
        lookups.add(thread: "f", key: 2)
        #expect(!lookups.admits(key: nil))
        #expect(!lookups.admits(key: 3))
        lookups.keep(onlyThreads: ["a", "unrelated"])
        #expect(lookups.admits(key: 1))
        #expect(!lookups.isEmpty)
        lookups.keep(onlyThreads: [])
        #expect(lookups.isEmpty)
    }

    @Test("the names of this process's threads can be read, and new names are unique")
    func names() throws {
        #expect(try #require(ResolverThreads.runningNames()).isEmpty == false)
        #expect(ResolverThreads.nextName() != ResolverThreads.nextName())
        #expect(ResolverThreads.nextName().utf8.count <= 15)
    }
}
