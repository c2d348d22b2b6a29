import ArgumentParser
import Foundation
import HearthMailboxes
import HearthRules

@main
struct HearthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hearth", abstract: "Mailbox provisioning and warm-up for Microsoft 365 and Outlook.",
        version: Hearth.version,
        subcommands: [
            Serve.self, Migrate.self, TenantCommand.self, KeyCommand.self, SignInCommand.self,
            MemberCommand.self, WebhookCommand.self, EventCommand.self,
            KeysCommand.self, BackupCommand.self, RestoreCommand.self, ResumeAfterRestoreCommand.self,
            EraseCommand.self, MicrosoftAppCommand.self, ImportCommand.self, SamplePartnerCommand.self,
            DoctorCommand.self, AuditCommand.self,
        ])
}

/// The host's clock, for log lines only: everything stored has the database's time.
enum HostClock {
    @Sendable static func now() -> Date { Date() }
}
