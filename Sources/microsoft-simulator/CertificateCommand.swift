import ArgumentParser
import Foundation
import MicrosoftSimulator

/// `microsoft-simulator certificate`: the files for HTTPS on the local machine.
struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Write a test authority and a server certificate for localhost and 127.0.0.1.",
        discussion: "Writes ca.pem, server.pem and server.key. The authority's key is not kept."
    )

    @Option(help: "The directory to write to; created if missing.")
    var directory: String

    func run() throws {
        let files = try TestCertificates(now: Date())
        try files.write(to: URL(filePath: directory, directoryHint: .isDirectory))
        FileHandle.standardOutput.write(Data("Wrote ca.pem, server.pem and server.key to \(directory)\n".utf8))
    }
}
