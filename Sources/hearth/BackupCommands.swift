import ArgumentParser
import HearthOperations

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Dump the database while the service runs.",
        discussion:
            "Needs pg_dump. FILE.json beside the dump says what is in it; keep both, and the encryption keys apart.")
    @Argument(help: "Where to write the dump; never over a file that is there.")
    var file: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await withOperator(output) { try await $0.backup(to: file) }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore a backup into the service's empty database, or prove that it could be.",
        discussion: """
            A restored database is in quarantine until hearth resume-after-restore. Needs pg_restore; with --check also a \
            role that may create databases.
            """)
    @Flag(help: "Restore into a side database, compare every count, open every sealed value, drop it.")
    var check = false
    @Argument(help: "A dump that hearth backup has written.")
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
            "Deliveries and calls to Microsoft begin. The database that it was copied from must be out of service.")
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await withOperator(output) { try await $0.resumeAfterRestore() }
    }
}
