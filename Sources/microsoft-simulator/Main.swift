import ArgumentParser

/// `microsoft-simulator`: a local stand-in for Microsoft, for demonstrations and tests.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "microsoft-simulator",
        abstract: "An in-memory Microsoft identity platform and Graph.",
        subcommands: [ServeCommand.self, CertificateCommand.self]
    )
}
