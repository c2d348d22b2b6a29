import HearthRules
import Testing

@Suite("Scopes of shared mailboxes")
struct SharedScopesTests {
    @Test("each level requests its own scopes, and shared ones only on request")
    func requested() {
        for level in PermissionLevel.allCases {
            let own = level.requestedScopes(withShared: false)
            #expect(!own.contains { $0.hasSuffix(".Shared") })
            #expect(level.requestedScopes(withShared: true) == own + level.mailScopes.map { $0 + ".Shared" })
        }
    }

    @Test("ReadWrite includes Read for shared mailboxes, too, and plain scopes include no shared ones")
    func granted() {
        let all = GrantedScopes(tokenAnswer: "Mail.ReadWrite Mail.Send Mail.ReadWrite.Shared Mail.Send.Shared")
        for level in PermissionLevel.allCases { #expect(level.missing(from: all, withShared: true).isEmpty) }
        #expect(all.mayReadShared && all.includeShared)
        let own = GrantedScopes(tokenAnswer: "Mail.ReadWrite Mail.Send")
        #expect(!own.mayReadShared && !own.includeShared)
        #expect(
            PermissionLevel.readSend.missing(from: own, withShared: true) == ["Mail.Read.Shared", "Mail.Send.Shared"])
        #expect(!GrantedScopes(tokenAnswer: "Mail.Send Mail.Send.Shared").mayReadShared)
    }
}
