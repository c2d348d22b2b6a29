import ArgumentParser
import Foundation
import HearthOperations

/// The options that all operator commands share.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON object on standard output.")
    var json = false

    /// Prints the answer in the requested form.
    func show(_ answer: Answer) {
        print(json ? answer.json : answer.text)
    }
}

/// Runs an operator command with the service's settings. An error is printed as one line on standard error.
func withOperator(
    _ options: OutputOptions, _ body: (Operator) async throws -> Answer
) async throws {
    let op: Operator
    do {
        op = try Operator()
    } catch {
        throw CleanExit.failure("\(error)")
    }
    do {
        let answer = try await body(op)
        await op.close()
        options.show(answer)
        if answer.isFailure { throw ExitCode.failure }
    } catch let exit as ExitCode {
        throw exit
    } catch {
        await op.close()
        throw CleanExit.failure("\(error)")
    }
}

extension CleanExit {
    static func failure(_ words: String) -> any Error {
        FileHandle.standardError.write(Data("hearth: \(words)\n".utf8))
        return ExitCode.failure
    }
}
