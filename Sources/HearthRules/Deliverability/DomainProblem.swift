/// A problem with a domain's records that its owner should fix, with a message.
package struct DomainProblem: Sendable, Equatable {
    package enum Severity: String, Sendable, CaseIterable {
        /// Receivers reject or distrust mail because of it. The record does not count for the grade.
        case error
        /// It may be intended.
        case warning
    }

    /// Stable names for programs.
    package enum Code: String, Sendable, CaseIterable {
        case spfMissing = "SPF_MISSING"
        case spfUnrecognized = "SPF_UNRECOGNIZED"
        case spfSeveralRecords = "SPF_SEVERAL_RECORDS"
        case spfSyntax = "SPF_SYNTAX"
        case spfLoop = "SPF_LOOP"
        case spfTooManyLookups = "SPF_TOO_MANY_LOOKUPS"
        case spfTooManyVoidLookups = "SPF_TOO_MANY_VOID_LOOKUPS"
        case spfTooManyExchangers = "SPF_TOO_MANY_MX"
        case spfIncludeWithoutRecord = "SPF_INCLUDE_WITHOUT_RECORD"
        case spfRedirectWithoutRecord = "SPF_REDIRECT_WITHOUT_RECORD"
        case spfPassesAll = "SPF_PASSES_ALL"
        case spfNeutral = "SPF_NEUTRAL"
        case spfPTR = "SPF_PTR"
        case spfIgnoredTerms = "SPF_IGNORED_TERMS"
        case spfMicrosoftNotAuthorized = "SPF_MICROSOFT_NOT_AUTHORIZED"
        case spfMicrosoftPartlyAuthorized = "SPF_MICROSOFT_PARTLY_AUTHORIZED"
        case spfUnchecked = "SPF_UNCHECKED"
        case dmarcMissing = "DMARC_MISSING"
        case dmarcUnrecognized = "DMARC_UNRECOGNIZED"
        case dmarcSeveralRecords = "DMARC_SEVERAL_RECORDS"
        case dmarcPolicyMissing = "DMARC_POLICY_MISSING"
        case dmarcPolicyInvalid = "DMARC_POLICY_INVALID"
        case dmarcTagInvalid = "DMARC_TAG_INVALID"
        case dmarcUnchecked = "DMARC_UNCHECKED"
        case mxMissing = "MX_MISSING"
        case mxNull = "MX_NULL"
        case mxNullWithOthers = "MX_NULL_WITH_OTHERS"
        case mxAddress = "MX_ADDRESS"
        case mxNotMicrosoft = "MX_NOT_MICROSOFT"
        case mxUnchecked = "MX_UNCHECKED"
    }

    package let code: Code
    package let severity: Severity
    /// What is wrong, and how to fix it.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.init(code, .error, message)
    }

    init(_ code: Code, _ severity: Severity, _ message: String) {
        self.code = code
        self.severity = severity
        self.message = message
    }

    /// Quotes a name or text from a record for display: visible ASCII, shortened to 100 characters.
    static func shown(_ text: String) -> String {
        let visible = text.unicodeScalars.prefix(100).map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" }
        return "\"\(String(visible))\(text.unicodeScalars.count > 100 ? "..." : "")\""
    }
}
