import Foundation

/// `/simulator/behaviours`
extension SimulatorBehaviours {
    /// Changes the behaviours that the body names.
    func applying(_ body: Data) throws(ControlFailure) -> SimulatorBehaviours {
        let fields = try ControlFields(body, allowed: Set(json.object?.keys.map { $0 } ?? []))
        var changed = self
        if let value = try fields.choice("rotation", of: Rotation.self) { changed.rotation = value }
        if let value = try fields.choice("separators", of: Separators.self) { changed.separators = value }
        if let value = try fields.integer("refreshTokenDays", in: 1...10_000) { changed.refreshTokenDays = value }
        if let value = try fields.bool("idTokenOnRefresh") { changed.idTokenOnRefresh = value }
        if let value = try fields.bool("strayFragment") { changed.strayFragment = value }
        if let value = try fields.bool("personalMail") { changed.personalMail = value }
        if let value = try fields.bool("supersetScopes") { changed.supersetScopes = value }
        if let value = try fields.integer("adminConsentDelaySeconds") { changed.adminConsentDelaySeconds = value }
        if let value = try fields.integer("mailboxRequestLimit") { changed.mailboxRequestLimit = value }
        if let value = try fields.integer("mailboxConcurrency") { changed.mailboxConcurrency = value }
        try changed.applyMail(fields)
        return changed
    }

    private mutating func applyMail(_ fields: ControlFields) throws(ControlFailure) {
        if let value = try fields.bool("immutableIDSurvivesSending") { immutableIDSurvivesSending = value }
        if let value = try fields.integer("sentItemsDelaySeconds") { sentItemsDelaySeconds = value }
        if let value = try fields.bool("savesNoSentCopies") { savesNoSentCopies = value }
        if let value = try fields.integer("deliveryDelaySeconds") { deliveryDelaySeconds = value }
        if let value = try fields.bool("replacesMessageID") { replacesMessageID = value }
        if let value = try fields.choice("expiredDelta", of: DeltaExpiry.self) { expiredDelta = value }
        if let value = try fields.bool("deltaEmptyPages") { deltaEmptyPages = value }
        if let value = try fields.integer("deltaRepeats") { deltaRepeats = value }
        if let value = try fields.integer("dailyRecipientLimit") { dailyRecipientLimit = value }
        if let value = try fields.integer("messagesPerMinute", in: 1...1_000_000) { messagesPerMinute = value }
        if let value = try fields.bool("bouncesUnknownRecipients") { bouncesUnknownRecipients = value }
        if let value = try fields.bool("readWriteSubscribes") { readWriteSubscribes = value }
        if let value = try fields.bool("updatesFollowCreations") { updatesFollowCreations = value }
        if let value = try fields.bool("notificationsNeedToken") { notificationsNeedToken = value }
        if let value = try fields.integer("webhookDeadlineMilliseconds", in: 1...600_000) {
            webhookDeadlineMilliseconds = value
        }
    }

    var json: JSON {
        [
            "immutableIDSurvivesSending": .bool(immutableIDSurvivesSending),
            "sentItemsDelaySeconds": .integer(sentItemsDelaySeconds),
            "savesNoSentCopies": .bool(savesNoSentCopies),
            "deliveryDelaySeconds": .integer(deliveryDelaySeconds),
            "replacesMessageID": .bool(replacesMessageID),
            "expiredDelta": .string(expiredDelta.rawValue),
            "deltaEmptyPages": .bool(deltaEmptyPages),
            "deltaRepeats": .integer(deltaRepeats),
            "dailyRecipientLimit": .integer(dailyRecipientLimit),
            "messagesPerMinute": .integer(messagesPerMinute),
            "bouncesUnknownRecipients": .bool(bouncesUnknownRecipients),
            "readWriteSubscribes": .bool(readWriteSubscribes),
            "updatesFollowCreations": .bool(updatesFollowCreations),
            "notificationsNeedToken": .bool(notificationsNeedToken),
            "webhookDeadlineMilliseconds": .integer(webhookDeadlineMilliseconds),
            "rotation": .string(rotation.rawValue),
            "separators": .string(separators.rawValue),
            "refreshTokenDays": .integer(refreshTokenDays),
            "idTokenOnRefresh": .bool(idTokenOnRefresh),
            "strayFragment": .bool(strayFragment),
            "personalMail": .bool(personalMail),
            "supersetScopes": .bool(supersetScopes),
            "adminConsentDelaySeconds": .integer(adminConsentDelaySeconds),
            "mailboxRequestLimit": .integer(mailboxRequestLimit),
            "mailboxConcurrency": .integer(mailboxConcurrency),
        ]
    }
}
