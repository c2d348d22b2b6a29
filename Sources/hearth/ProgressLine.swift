import Foundation
import Synchronization

/// Progress on standard error: one line that is overwritten on a terminal, otherwise at most a line a second.
final class ProgressLine: Sendable {
    private struct State {
        var shown: (words: String, at: ContinuousClock.Instant)?
        var isOpen = false
    }

    private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
    private let state = Mutex(State())

    func show(_ words: String) {
        state.withLock { state in
            if let shown = state.shown {
                let pause: Duration = isTerminal ? .milliseconds(100) : .seconds(1)
                guard shown.words != words, .now - shown.at >= pause else { return }
            }
            state.shown = (words, .now)
            state.isOpen = isTerminal
            // "\u{1B}[K" clears the rest of a longer line (ECMA-48, EL).
            FileHandle.standardError.write(Data((isTerminal ? "\r\(words)\u{1B}[K" : "\(words)\n").utf8))
        }
    }

    /// Ends the line, so that later output begins on a new one.
    func end() {
        state.withLock { state in
            if state.isOpen { FileHandle.standardError.write(Data("\n".utf8)) }
            state.isOpen = false
        }
    }
}
