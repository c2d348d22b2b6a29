/// The verdict on one of a domain's mail records.
package enum RecordVerdict: String, Sendable, Equatable {
    case valid
    /// There is no such record.
    case missing
    /// There is a record that receivers do not use.
    case invalid
    /// It could not be looked up.
    case unknown
}

/// The grade of a domain: A if SPF, DMARC and MX are all sound, one letter lower for each that is not.
package enum DomainGrade: String, Sendable, Equatable {
    case a = "A"
    case b = "B"
    case c = "C"
    case d = "D"

    /// - Parameter faults: the number of records that are not sound.
    init(faults: Int) {
        self =
            switch faults {
            case 0: .a
            case 1: .b
            case 2: .c
            default: .d
            }
    }
}
