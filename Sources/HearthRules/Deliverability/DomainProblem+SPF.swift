extension DomainProblem {
    static func spfMissing(_ domain: String) -> DomainProblem {
        DomainProblem(
            .spfMissing,
            "There is no SPF record. Publish a TXT record at \(shown(domain)), such as \"v=spf1 include:\(SPFReport.microsoft) -all\"."
        )
    }

    static func spfUnrecognized(_ text: String) -> DomainProblem {
        DomainProblem(
            .spfUnrecognized,
            "The TXT record \(shown(text)) looks like SPF, but receivers do not recognise it. An SPF record must begin with \"v=spf1\" and a space."
        )
    }

    static let spfPassesAll = DomainProblem(
        .spfPassesAll,
        "The record allows every server in the world to send for this domain. End it with \"-all\" or \"~all\", and check the included records for \"+all\"."
    )

    static let spfNeutral = DomainProblem(
        .spfNeutral, .warning,
        "The record says nothing about other servers: it has no \"all\", or \"?all\". End it with \"-all\" or \"~all\"."
    )

    static let spfPTR = DomainProblem(
        .spfPTR, .warning,
        "The mechanism \"ptr\" is deprecated: it is slow, and some receivers ignore it. List the servers with \"ip4\", \"ip6\" or \"a\" instead."
    )

    static func spfIgnoredTerms(_ what: String) -> DomainProblem {
        DomainProblem(
            .spfIgnoredTerms, .warning,
            "Receivers ignore part of the record: \(what). Nothing after \"all\" is read, and \"redirect\" is ignored if there is an \"all\"."
        )
    }

    static let spfMicrosoftNotAuthorized = DomainProblem(
        .spfMicrosoftNotAuthorized,
        "Mail that this domain sends through Microsoft 365 does not pass SPF. Put \"include:\(SPFReport.microsoft)\" before \"all\", unless all mail leaves through another gateway."
    )

    static let spfMicrosoftPartlyAuthorized = DomainProblem(
        .spfMicrosoftPartlyAuthorized,
        "Some servers of Microsoft 365 do not pass SPF: the record lists their addresses one by one, but not all of them. Use \"include:\(SPFReport.microsoft)\" instead."
    )

    static func spfUnchecked(_ name: String) -> DomainProblem {
        DomainProblem(
            .spfUnchecked, .warning,
            "SPF could not be checked: the DNS did not answer for \(shown(name)). Try again in a few minutes.")
    }

    init(_ fault: SPFFault) {
        let limit = SPFEvaluation.lookupLimit
        self =
            switch fault {
            case .severalRecords(let domain):
                DomainProblem(
                    .spfSeveralRecords,
                    "There are several SPF records at \(Self.shown(domain)), so receivers use none. Merge them into one."
                )
            case .syntax(let domain, let problem):
                DomainProblem(
                    .spfSyntax,
                    "Receivers cannot read the SPF record of \(Self.shown(domain)): \(problem.words). Correct or remove \(Self.shown(problem.term))."
                )
            case .tooManyLookups:
                DomainProblem(
                    .spfTooManyLookups,
                    "The record needs more than \(limit) DNS lookups, counting included records, and receivers stop there. Remove unused \"include\" terms, or list servers with \"ip4\" and \"ip6\"."
                )
            case .tooManyVoidLookups:
                DomainProblem(
                    .spfTooManyVoidLookups,
                    "More than \(SPFEvaluation.voidLookupLimit) names in the record do not exist or have no address, and receivers stop there. Remove them."
                )
            case .tooManyExchangers(let domain):
                DomainProblem(
                    .spfTooManyExchangers,
                    "The mechanism \"mx\" is used for \(Self.shown(domain)), which has more than \(SPFEvaluation.exchangerLimit) MX records; receivers stop there. List the servers with \"ip4\" and \"ip6\" instead."
                )
            case .loop(let domain):
                DomainProblem(
                    .spfLoop,
                    "The SPF record of \(Self.shown(domain)) includes itself, directly or through others. Remove one of these terms."
                )
            case .includeWithoutRecord(let domain):
                DomainProblem(
                    .spfIncludeWithoutRecord,
                    "The record includes \(Self.shown(domain)), which has no SPF record. Remove the \"include\" or correct its name."
                )
            case .redirectWithoutRecord(let domain):
                DomainProblem(
                    .spfRedirectWithoutRecord,
                    "The record redirects to \(Self.shown(domain)), which has no SPF record. Correct the name.")
            }
    }
}

extension SPFSyntaxProblem {
    fileprivate var words: String {
        switch kind {
        case .unknownMechanism: "a mechanism does not exist"
        case .unexpectedArgument: "a mechanism that takes no value has one"
        case .missingDomain: "the domain after \":\" or \"=\" is missing, or there is a space before it"
        case .badDomain: "a domain name is not valid"
        case .badAddress: "an IP address is not valid"
        case .badPrefixLength: "the length of a network is not valid"
        case .repeated: "a modifier occurs twice"
        case .badCharacter: "a character is not visible ASCII"
        case .badMacro: "a macro is not valid"
        }
    }
}
