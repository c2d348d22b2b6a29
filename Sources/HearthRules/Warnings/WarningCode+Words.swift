extension WarningCode {
    /// A short title that does not identify the mailbox, application or tenant.
    package var title: String {
        switch self {
        case .connectionExpiring: "Not used for 80 days"
        case .secretExpiring: "A tenant's Entra application secret expires soon"
        case .secretExpired: "A tenant's Entra application secret has expired"
        case .applicationRefused: "Microsoft refuses a tenant's Entra application"
        case .operatorSecretEndUnknown: "The secret's expiry date is unknown"
        case .operatorSecretExpiring: "The secret expires soon"
        case .operatorSecretExpired: "The secret has expired"
        case .operatorApplicationRefused: "Microsoft refuses the application"
        case .keyRingWithoutSpare: "No spare key"
        }
    }

    /// What is wrong, for people.
    package var words: String {
        switch self {
        case .connectionExpiring:
            "Microsoft forgets connections that are not used for 90 days, and this one has not been used for 80."
        case .secretExpiring:
            "The secret of your Entra application expires soon. After that no mailbox connected through it can be used."
        case .secretExpired:
            "The secret of your Entra application has expired. No mailbox connected through it can be used, but none is disconnected."
        case .applicationRefused:
            "Microsoft refuses your Entra application or its secret. No mailbox connected through it can be used, but none is disconnected."
        case .operatorSecretEndUnknown: "The expiry date of the service's Entra application secret is unknown."
        case .operatorSecretExpiring:
            "The service's Entra application secret expires soon. After that no token can be refreshed."
        case .operatorSecretExpired: "The service's Entra application secret has expired. No token can be refreshed."
        case .operatorApplicationRefused:
            "Microsoft refuses the service's Entra application or its secret. No mailbox is disconnected because of it."
        case .keyRingWithoutSpare: "The key ring has one key, and no spare."
        }
    }

    /// How to fix it.
    package var advice: String {
        switch self {
        case .connectionExpiring:
            "Recheck the mailbox, which counts as use: POST /api/v1/mailboxes/{id}/recheck. If that fails, its owner has to follow a new link."
        case .secretExpiring, .secretExpired:
            "Create a new secret in Microsoft Entra and give it to the operator of this service, who can replace it without an interruption."
        case .applicationRefused:
            "Check in Microsoft Entra that the application exists, is enabled and has a valid secret. If necessary, give the operator of this service a new secret."
        case .operatorSecretEndUnknown: "Set HEARTH_MICROSOFT_SECRET_EXPIRES."
        case .operatorSecretExpiring, .operatorSecretExpired:
            "Create a new secret in Microsoft Entra, and set HEARTH_MICROSOFT_CLIENT_SECRET to it and HEARTH_MICROSOFT_SECRET_EXPIRES to its expiry date."
        case .operatorApplicationRefused:
            "Check the application in Microsoft Entra, its secret and its redirect URI; a new secret goes into HEARTH_MICROSOFT_CLIENT_SECRET."
        case .keyRingWithoutSpare: "Add a second key to HEARTH_ENCRYPTION_KEYS, after the one that seals."
        }
    }
}
