extension WarningCode {
    /// What is the matter, in a few words that say nothing of whose it is.
    package var title: String {
        switch self {
        case .connectionExpiring: "Not used for 80 days"
        case .secretExpiring: "The secret of an own Entra application ends soon"
        case .secretExpired: "The secret of an own Entra application has ended"
        case .applicationRefused: "Microsoft refuses an own Entra application"
        case .operatorSecretEndUnknown: "It is not known when the secret ends"
        case .operatorSecretExpiring: "The secret ends soon"
        case .operatorSecretExpired: "The secret has ended"
        case .operatorApplicationRefused: "Microsoft refuses the application"
        case .keyRingWithoutSpare: "No spare key"
        }
    }

    /// What is the matter, for people.
    package var words: String {
        switch self {
        case .connectionExpiring:
            "Microsoft forgets a connection that is not used for 90 days, and this one was not for 80."
        case .secretExpiring:
            "The secret of your Entra application ends soon. Afterwards no mailbox connected through it can be used."
        case .secretExpired:
            "The secret of your Entra application has ended. No mailbox connected through it can be used; none is disconnected for it."
        case .applicationRefused:
            "Microsoft refuses your Entra application or its secret. No mailbox connected through it can be used; none is disconnected for it."
        case .operatorSecretEndUnknown: "It is not known when the secret of the service's Entra application ends."
        case .operatorSecretExpiring:
            "The secret of the service's Entra application ends soon. Afterwards nothing is refreshed."
        case .operatorSecretExpired: "The secret of the service's Entra application has ended. Nothing is refreshed."
        case .operatorApplicationRefused:
            "Microsoft refuses the service's Entra application or its secret. No mailbox is disconnected for it."
        case .keyRingWithoutSpare: "The key ring has one key, and no spare."
        }
    }

    /// What to do about it.
    package var advice: String {
        switch self {
        case .connectionExpiring:
            "Recheck the mailbox, which uses it: POST /api/v1/mailboxes/{id}/recheck. If it is refused, its owner has to follow a new link."
        case .secretExpiring, .secretExpired:
            "Make a new secret in Microsoft Entra and give it to the operator of this service, who changes it without an interruption."
        case .applicationRefused:
            "Look at the application in Microsoft Entra: is it there, is it enabled, is its secret in force? Give the operator of this service a new secret if need be."
        case .operatorSecretEndUnknown: "Set HEARTH_MICROSOFT_SECRET_EXPIRES."
        case .operatorSecretExpiring, .operatorSecretExpired:
            "Make a new secret in Microsoft Entra, put it into HEARTH_MICROSOFT_CLIENT_SECRET, and its end into HEARTH_MICROSOFT_SECRET_EXPIRES."
        case .operatorApplicationRefused:
            "Check the application in Microsoft Entra, its secret and its redirect URI; a new secret goes into HEARTH_MICROSOFT_CLIENT_SECRET."
        case .keyRingWithoutSpare: "Add a second key to HEARTH_ENCRYPTION_KEYS, after the one that seals."
        }
    }
}
