/// When the submission of a message is continued. Times are in seconds.
package enum SubmissionSchedule {
    /// The pause before a submission whose answer is not known is looked into: Microsoft may still be working on it.
    package static let beforeFirstLook = 10.0
    /// How long the copy in Sent Items of an accepted message is looked for. Copies have been seen to appear minutes late.
    package static let patience = 86_400.0
    /// How long a submission without an answer is looked into if only its copy could prove it. Afterwards it stays unknown.
    package static let patienceInDoubt = 3_600.0
    /// The age from which an unsent draft proves that Microsoft did not send it and will not.
    package static let draftSettles = 60.0

    private static let looks = [2.0, 5, 15, 60, 300, 900, 3_600]

    /// Returns the pause before the next look for the copy.
    ///
    /// - Parameter looks: how often it was looked for.
    package static func pause(afterLooks looks: Int) -> Double { Self.looks[min(max(looks, 0), Self.looks.count - 1)] }

    /// After faults that pass.
    package static let retries = RetryLadder(pauses: [5, 30, 120, 600, 1_800])
}
