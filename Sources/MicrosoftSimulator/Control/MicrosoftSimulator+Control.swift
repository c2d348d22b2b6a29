package import Foundation
import Synchronization

/// All controls of `/simulator/...`, for a test in the same process.
extension MicrosoftSimulator {
    // MARK: Directory

    @discardableResult
    package func addAccount(_ options: AccountOptions) -> AccountDescription {
        state.withLock { AccountDescription($0.makeAccount(options)) }
    }

    /// Creates or changes the organisation of the domain. Returns its tenant id.
    @discardableResult
    package func addOrganization(_ options: OrganizationOptions) -> String {
        state.withLock { $0.makeOrganization(options).id }
    }

    package func account(_ address: String) -> AccountDescription? {
        state.withLock { $0.directory.account(named: address).map(AccountDescription.init) }
    }

    package var accounts: [AccountDescription] {
        state.withLock { state in
            state.directory.accounts.values.sorted { $0.address < $1.address }.map(AccountDescription.init)
        }
    }

    /// How a grant ends at Microsoft.
    package enum Revocation: String, Sendable, CaseIterable {
        /// Every refresh token of the account becomes invalid.
        case sessions
        /// The account withdraws its own consent; an administrator's stays.
        case consent
        /// An administrator resets the password and revokes the tokens.
        case passwordReset = "password_reset"
        /// The user changes the password: tokens of confidential clients stay valid.
        case passwordChange = "password_change"
        /// The account can no longer sign in or refresh.
        case disable
        case enable
        /// The licence is removed: the account stays, its mailbox does not.
        case mailbox
    }

    /// Returns false for an unknown address.
    @discardableResult
    package func revoke(_ address: String, _ how: Revocation) -> Bool {
        state.withLock { state in
            guard let account = state.directory.account(named: address) else { return false }
            let subject = ConditionBook.Subject.account(account.id)
            switch how {
            case .sessions: state.put(Condition(.sessionsRevoked), on: subject)
            case .passwordReset: state.put(Condition(.passwordReset), on: subject)
            case .consent: state.put(Condition(.consentRemoved), on: subject)
            case .passwordChange: state.put(Condition(.passwordChanged), on: subject)
            case .disable: state.put(Condition(.disabled), on: subject)
            case .enable: state.conditions.remove(.disabled, from: subject)
            case .mailbox: state.put(Condition(.unlicensed), on: subject)
            }
            return true
        }
    }

    /// Withdraws the consent of the organisation's administrator. Returns false for an unknown domain.
    @discardableResult
    package func withdrawAdminConsent(of domain: String) -> Bool {
        state.withLock { state in
            guard let organization = state.directory.organization(named: domain) else { return false }
            state.put(Condition(.adminConsentRemoved), on: .organization(organization.id))
            return true
        }
    }

    // MARK: Application

    package struct ApplicationChange: Sendable {
        /// Nil for every application.
        package var clientID: String?
        package var name: String?
        /// Replaces all existing secrets.
        package var secret: String?
        package var secretExpired: Bool?
        package var redirectURIs: [String]?
        package var publisherVerified: Bool?

        package init() {}
    }

    /// Changes the application, or registers it if the client id is new.
    package func changeApplication(_ change: ApplicationChange) {
        state.withLock { state in
            if let id = change.clientID, state.application(id) == nil {
                state.applications[id.lowercased()] = RegisteredApplication(
                    clientID: id, name: change.name ?? "Example application", secrets: [], redirectURIs: []
                )
            }
            for key in state.applications.keys where change.clientID.map({ $0.lowercased() == key }) ?? true {
                if let name = change.name { state.applications[key]?.name = name }
                if let secret = change.secret {
                    state.applications[key]?.secrets = [
                        ApplicationSecret(keyID: state.random.guid(), value: secret)
                    ]
                }
                if let expired = change.secretExpired { state.applications[key]?.secretsExpired = expired }
                if let addresses = change.redirectURIs { state.applications[key]?.redirectURIs = addresses }
                if let verified = change.publisherVerified { state.applications[key]?.publisherVerified = verified }
            }
        }
    }

    // MARK: Trouble

    package func addFault(_ fault: Fault) {
        state.withLock { $0.faults.add(fault) }
    }

    package var faults: [Fault] { state.withLock { $0.faults.faults } }

    package func clearFaults() {
        state.withLock { $0.faults.clear() }
    }

    package func shapeTokens(_ shape: TokenShape) {
        state.withLock { $0.tokenShapes.append(shape) }
    }

    package func clearTokenShapes() {
        state.withLock { $0.tokenShapes = [] }
    }

    package var behaviours: SimulatorBehaviours {
        get { state.withLock { $0.behaviours } }
        set { state.withLock { $0.behaviours = newValue } }
    }

    /// Publishes and uses a new signing key, and retires the oldest.
    package func rotateKeys() throws {
        try state.withLock { try $0.keys.rotate() }
    }

    // MARK: Time

    package func advanceClock(seconds: TimeInterval) {
        state.withLock { $0.clock.advance(seconds: seconds) }
        wakes.wake()
    }

    package func setClock(_ date: Date) {
        state.withLock { $0.clock.set(to: date) }
        wakes.wake()
    }

    /// Tells the simulator that the clock it was created with has been moved, so that what became due happens at once.
    package func clockMoved() {
        state.withLock { $0.settle() }
        wakes.wake()
    }

    // MARK: Log

    package var requests: [RecordedRequest] { state.withLock { $0.journal.requests } }

    package var requestCounts: [Operation: Int] { state.withLock { $0.journal.counts } }

    /// By the SHA-256 of the code, hexadecimal.
    package var codeUses: [String: CodeUse] { state.withLock { $0.journal.codes } }

    package var refreshes: Int { state.withLock { $0.journal.refreshes } }

    package func clearRequests() {
        state.withLock { $0.journal.clear() }
    }

    /// Back to the initial state: no accounts, no grants, no faults, real time. Keys stay published.
    package func reset() {
        state.withLock { state in
            guard var fresh = try? SimulatorState(settings: settings, pages: state.pages, epoch: state.epoch + 1) else {
                return
            }
            fresh.keys = state.keys
            // Requests in progress must end in the log that numbered them.
            fresh.journal = state.journal
            fresh.journal.clear()
            state = fresh
        }
    }
}
