import Foundation
import HTTPTypes
import HearthCore
import HearthMailboxes
import HearthRules
import HearthWeb
import Hummingbird

/// The pages shown to an administrator who returns from Microsoft: what was approved for whom, and how to withdraw it.
struct AdminResultPages: Sendable {
    let pages: ResultPages
    let endpoints: MicrosoftEndpoints

    func result(
        of consent: AdminConsent, link: AdminConsentLink, logo: String?, in language: Language, at now: Date
    ) throws -> Response {
        let words = Self.words(consent, at: now)
        var page = OwnerPage(
            words, names: ["tenant": consent.tenantName, "domain": consent.domain], logo: logo, in: language)
        if let access = words.access {
            page.list(consent.level, withShared: consent.includesShared, because: access)
            page.say("note", .approvedNote)
        }
        if let again = words.tryAgain, again == .sameAccount {
            let url = link.url(
                endpoints: endpoints, clientID: consent.applicationClientID ?? endpoints.clientID,
                domain: consent.domain, level: consent.level, withShared: consent.includesShared)
            page.offer(url, .tryAgain)
        }
        return try pages.respond(page)
    }

    static func words(_ consent: AdminConsent, at now: Date) -> ResultWords {
        switch (consent.status(at: now), consent.outcomeCode.flatMap(ConsentOutcome.Code.init)) {
        case (.granted, _): ResultWords(.ok, .approvedTitle, .approvedText, mood: .good, access: .allowed)
        case (.revoked, _): ResultWords(.gone, .revokedTitle, .revokedText)
        case (.expired, _): ResultWords(.gone, .expiredTitle, .expiredText)
        case (.open, .declined?): ResultWords(.ok, .notApprovedTitle, .notApprovedText, again: .sameAccount)
        case (.open, nil): ResultWords(.ok, .unfinishedTitle, .unfinishedText, again: .sameAccount)
        case (.open, let code?):
            ResultWords(ResultWords.status(of: code), .failedTitle, .failedText, again: .sameAccount)
        }
    }
}
