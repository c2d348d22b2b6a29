import ArgumentParser
import HearthOperations

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Dump the database while the service runs.",
        discussion:
            "Needs pg_dump. FILE.json next to the dump describes it. Keep both, and the encryption keys elsewhere.")
    @Argument(help: "The file to write the dump to; it must not exist.")
    var file: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await withOperator(output) { try await $0.backup(to: file) }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore a backup into the service's empty database, or check that it can be.",
        discussion: """
            A restored database is in quarantine until hearth resume-after-restore. Needs pg_restore; --check also needs a \
            role that may create databases.
            """)
    @Flag(help: "Restore into a temporary database, compare all counts, open all sealed values, and drop it.")
    var check = false
    @Argument(help: "A dump written by hearth backup.")
    var file: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await withOperator(output) { hearth in
            check ? try await hearth.checkBackup(file) : try await hearth.restore(file)
        }
    }
}

struct ResumeAfterRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume-after-restore", abstract: "End the quarantine of a restored database.",
        discussion:
            "Deliveries and calls to Microsoft begin. The database it was copied from must be out of service.")
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await withOperator(output) { try await $0.resumeAfterRestore() }
    }
}
