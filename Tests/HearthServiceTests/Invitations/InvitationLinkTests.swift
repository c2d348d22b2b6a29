import Foundation
import Testing

@testable import HearthOnboarding

@Suite("Links of invitations")
struct InvitationLinkTests {
    private func link(_ number: Int, id: Int64 = 2, seed: UInt8 = 7) -> InvitationLink {
        InvitationLink(tenantID: 1, id: id, number: number, seed: Array(repeating: seed, count: 32))
    }

    private func token(of link: InvitationLink) throws -> LinkToken {
        try #require(LinkToken(String(link.path.split(separator: "/").last ?? "")))
    }

    @Test("the newest link is right, those before it are known as former, and others as nothing")
    func numbers() throws {
        let current = link(3)
        #expect(current.isRight(try token(of: current)))
        #expect(!current.isFormer(try token(of: current)))
        for number in [1, 2] {
            #expect(!current.isRight(try token(of: link(number))))
            #expect(current.isFormer(try token(of: link(number))))
        }
        for other in [link(4), link(3, seed: 8)] {
            #expect(!current.isRight(try token(of: other)))
            #expect(!current.isFormer(try token(of: other)))
        }
    }

    @Test("no other link's secret is one of an invitation")
    func purposes() throws {
        let seed = Array(repeating: UInt8(7), count: 32)
        let others = [
            ConsentLink(tenantID: 1, consentID: 2, seed: seed).state,
            ConsentLink(tenantID: 1, consentID: 2, seed: seed).resultToken,
            AdminConsentLink(tenantID: 1, id: 2, seed: seed).state,
            AdminConsentLink(tenantID: 1, id: 2, seed: seed).resultToken,
        ]
        #expect(Set(others).count == others.count)
        for text in others { #expect(!link(1).isRight(try #require(LinkToken(text)))) }
    }
}
