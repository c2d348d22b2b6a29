import Foundation
import Testing

@testable import HearthCore

/// The pages have no contract that a test could iterate over, so their forms are listed in a file.
@Suite("Forms of pages")
struct FormTests {
    @Test("every form is in Tests/EndToEnd/support/forms.txt, whose every line the end-to-end test of the audit sends")
    func listed() async throws {
        let directory = ProcessInfo.processInfo.environment["HEARTH_SHARE_DIR"] ?? "."
        let text = try String(contentsOfFile: directory + "/Tests/EndToEnd/support/forms.txt", encoding: .utf8)
        let listed = text.split(separator: "\n").map(String.init)
        let routed = try await RoutedOperations.withConsole()
            .filter { !$0.contains(" /api/v1/") && !$0.contains(" /graph/") && !$0.hasPrefix("GET ") }
        #expect(listed == routed.sorted())
    }
}
