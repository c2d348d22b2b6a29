import Foundation
import HearthCore
import HearthMessages
import HearthRules
import HearthTesting
import MicrosoftSimulator
import Postgres
import StrictJSON
import Testing

import enum MicrosoftSimulator.Operation

/// Whatever happens to the calls and to the process, a message is sent once, or it is said that this cannot be known.
@Suite("Doubtful submissions", .timeLimit(.minutes(5)))
struct DoubtfulSubmissionTests {
    /// What happens to one call to Microsoft.
    struct Trouble: Sendable, CustomTestStringConvertible {
        let operation: Operation
        var status: Int?
        var body: Fault.Body?
        var retryAfter: Int?
        /// Whether Microsoft does what it was asked for before the call fails.
        var takesEffect = false
        var times = 1

        var fault: Fault {
            var fault = Fault()
            fault.operation = operation
            fault.status = status
            fault.body = body
            fault.retryAfterSeconds = retryAfter
            fault.takesEffect = takesEffect
            fault.times = times
            return fault
        }

        var testDescription: String {
            let what = status.map(String.init) ?? body?.rawValue ?? ""
            return
                "\(operation.rawValue) \(what)\(takesEffect ? " although done" : "")\(times > 1 ? " \(times) times" : "")"
        }
    }

    private static func troubles(_ operations: Operation...) -> [Trouble] {
        operations.flatMap { operation in
            [
                Trouble(operation: operation, status: 504),
                Trouble(operation: operation, status: 504, takesEffect: true),
                Trouble(operation: operation, body: .close),
                Trouble(operation: operation, body: .close, takesEffect: true),
                Trouble(operation: operation, body: .truncate, takesEffect: true),
                Trouble(operation: operation, status: 429, retryAfter: 30),
                Trouble(operation: operation, status: 503, retryAfter: 30, times: 3),
                Trouble(operation: operation, status: 202, retryAfter: 30),
                Trouble(operation: operation, status: 202, retryAfter: 30, takesEffect: true),
            ]
        }
    }

    @Test(
        "with drafts it is sent once in every case", arguments: troubles(.drafts, .send, .messages, .token),
        [true, false])
    func drafts(_ trouble: Trouble, _ idSurvives: Bool) async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            service.microsoft.behaviours.immutableIDSurvivesSending = idSurvives
            service.microsoft.addFault(trouble.fault)
            let id = try await partner.send(SendMessageTests.body, from: mailbox)
            try await service.submitForADay()
            #expect(try await partner.message(id)["status"] == .string("sent"))
            #expect(service.copies(in: SendMessageTests.recipient, subject: "Tuesday") == 1)
            #expect(service.copies(in: SendMessageTests.sender, subject: "Tuesday") == 1)
            #expect(service.drafts(in: SendMessageTests.sender) == 0)
        }
    }

    @Test(
        "without drafts it is sent at most once, and what cannot be known is said",
        arguments: troubles(.sendMail, .messages))
    func withoutDrafts(_ trouble: Trouble) async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            service.microsoft.addFault(trouble.fault)
            let id = try await partner.send(SendMessageTests.body, from: mailbox)
            try await service.submitForADay()
            let message = try await partner.message(id)
            let copies = service.copies(in: SendMessageTests.recipient, subject: "Tuesday")
            if message["status"] == .string("sent") {
                #expect(copies == 1)
            } else {
                #expect(message["status"] == .string("unknown"))
                #expect(message["reason"] == .string("NO_COPY_FOUND"))
                #expect(copies == 0)
                #expect(try await partner.events().map(\.type).contains("message.unknown"))
            }
        }
    }

    @Test("a copy that appears minutes late, or never, is waited for without sending again")
    func lateCopies() async throws {
        try await withMailbox(.warmup) { service, partner, mailbox in
            service.microsoft.behaviours.sentItemsDelaySeconds = 1_200
            let late = try await partner.send(SendMessageTests.body, from: mailbox)
            try await service.drain(service.submissions)
            service.clock.advance(600)
            try await service.drain(service.submissions)
            #expect(try await partner.message(late)["status"] == .string("accepted"))
            try await service.submitForADay()
            #expect(try await partner.message(late)["status"] == .string("sent"))
            service.microsoft.behaviours.savesNoSentCopies = true
            let never = try await partner.send(SendMessageTests.body, from: mailbox)
            try await service.submitForADay()
            #expect(try await partner.message(never)["status"] == .string("accepted"))
            #expect(service.copies(in: SendMessageTests.recipient, subject: "Tuesday") == 2)
        }
    }

    @Test("after a restore, what may have been sent since the backup is looked for first", arguments: [true, false])
    func restored(_ wasSent: Bool) async throws {
        try await withMailbox(.readSend) { service, partner, mailbox in
            let id = try await partner.send(SendMessageTests.body, from: mailbox)
            if wasSent {
                try await service.drain(service.submissions)
                // As it was before.
                for statement: SQL in [
                    "ALTER TABLE messages DISABLE TRIGGER ALL",
                    """
                    UPDATE messages SET status = 'queued', submitted_at = NULL, accepted_at = NULL, due_at = send_at
                    WHERE tenant_id = \(partner.tenant)
                    """, "ALTER TABLE messages ENABLE TRIGGER ALL",
                ] { _ = try await service.database.write(statement) }
            }
            _ = try await ResumeAfterRestore(database: service.database, now: { service.clock.now }).run()
            _ = try await service.dependencies.quarantine.look(service.database)
            try await service.submitForADay()
            let message = try await partner.message(id)
            #expect(message["status"] == .string(wasSent ? "sent" : "unknown"))
            #expect(service.copies(in: SendMessageTests.recipient, subject: "Tuesday") == (wasSent ? 1 : 0))
        }
    }

    @Test(
        "a process that dies after any step leaves nothing doubled and nothing lost",
        arguments: [PermissionLevel.warmup, .readSend], 0...3)
    func killed(_ level: PermissionLevel, after steps: Int) async throws {
        for idSurvives in [true, false] {
            try await withMailbox(level) { service, partner, mailbox in
                service.microsoft.behaviours.immutableIDSurvivesSending = idSurvives
                let id = try await partner.send(SendMessageTests.body, from: mailbox)
                try await service.look(service.submissions, isKilled: true, after: steps)
                // The lease of the dead process runs out.
                service.clock.advance(121)
                try await service.submitForADay()
                let message = try await partner.message(id)
                #expect(message["status"] == .string("sent"), "\(message)")
                #expect(service.copies(in: SendMessageTests.recipient, subject: "Tuesday") == 1)
                #expect(service.drafts(in: SendMessageTests.sender) == 0)
            }
        }
    }
}

extension TestService {
    /// Lets the worker go on until nothing is due within a day.
    func submitForADay() async throws {
        for _ in 0..<48 {
            try await drain(submissions)
            clock.advance(1_800)
        }
        try await drain(submissions)
    }

    func drafts(in address: String) -> Int {
        microsoft.mail(in: address).count { $0.isDraft }
    }
}
