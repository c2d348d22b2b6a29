import HearthRules

extension OwnerPhrase {
    package var german: String {
        switch self {
        case .request: "Anfrage von {tenant}"
        case .footer: "{tenant} verbindet Postfächer über Hearth."
        case .connectedTitle: "Ihr Postfach ist verbunden"
        case .connectedText: "{tenant} darf {email} jetzt nutzen. Sie können diese Seite schließen."
        case .waitingTitle: "Einen Moment bitte"
        case .waitingText: "Wir warten auf die Bestätigung von Microsoft. Diese Seite aktualisiert sich von selbst."
        case .expiredTitle: "Dieser Link ist abgelaufen"
        case .expiredText: "Es wurde nichts verbunden. Bitte fordern Sie bei {tenant} einen neuen Link an."
        case .revokedTitle: "Dieser Link ist nicht mehr gültig"
        case .revokedText:
            "{tenant} hat ihn zurückgezogen, oder es wurde ein neuerer Link verwendet. Mit diesem Link wurde nichts verbunden."
        case .unfinishedTitle: "Noch nicht abgeschlossen"
        case .unfinishedText: "Microsoft hat noch nichts bestätigt; es ist also noch nichts verbunden."
        case .declinedTitle: "Die Anmeldung wurde nicht abgeschlossen"
        case .declinedText:
            "Es wurde nichts verbunden. Falls Microsoft Ihnen keine Wahl gelassen hat, muss die Administratorin oder der Administrator Ihrer Organisation diese App zuerst genehmigen. Wenn Sie es sich anders überlegt haben, können Sie es erneut versuchen."
        case .adminTitle: "Eine Genehmigung Ihrer Administration ist nötig"
        case .adminText:
            "In Ihrer Organisation darf nur die Administration den Zugriff auf Postfächer genehmigen. Es wurde nichts verbunden. Bitte lassen Sie die App dort genehmigen und öffnen Sie den Link danach erneut."
        case .pendingTitle: "Ihre Administration hat zugestimmt"
        case .pendingText:
            "Microsoft braucht einige Minuten, bis die Genehmigung überall gilt; es ist also noch nichts verbunden. Diese Seite versucht es von selbst erneut. Falls Microsoft dann noch immer eine Genehmigung verlangt, kehren Sie von dort zurück und warten Sie noch etwas."
        case .approvedTitle: "Vielen Dank. Die App ist genehmigt"
        case .approvedText:
            "Damit wurde kein Postfach verbunden, auch nicht Ihres. Wer bei {domain} arbeitet, kann sein eigenes Postfach jetzt mit {tenant} verbinden. Bis Microsoft das zulässt, können einige Minuten vergehen."
        case .approvedNote:
            "Um die Genehmigung zu widerrufen, öffnen Sie die App im Microsoft Entra Admin Center unter „Unternehmensanwendungen“ und entfernen Sie ihre Berechtigungen."
        case .allowedHeading: "Das darf {tenant} in einem Postfach, das seine Besitzerin oder sein Besitzer verbindet"
        case .notApprovedTitle: "Es wurde nichts genehmigt"
        case .notApprovedText:
            "Laut Microsoft wurde die App nicht genehmigt. Das können nur globale Administratoren, Cloudanwendungsadministratoren, Anwendungsadministratoren oder Administratoren für privilegierte Rollen von {domain}. Wenn Sie dazugehören und es sich anders überlegt haben, können Sie es erneut versuchen."
        case .notInCloudTitle: "Dieses Postfach liegt nicht in der Microsoft-Cloud"
        case .notInCloudText:
            "Microsoft kennt dieses Postfach, erreicht es aber nicht: Es liegt auf einem Server Ihrer Organisation, ist inaktiv oder hat keine Lizenz. Verbinden lassen sich nur Postfächer von Microsoft 365 und Outlook.com. Es wurde nichts verbunden. Bitte wenden Sie sich an Ihre Administration, oder melden Sie sich mit einem anderen Konto an."
        case .mismatchTitle: "Das war ein anderes Postfach"
        case .mismatchText:
            "{tenant} hat nach {masked} gefragt, Sie haben sich aber mit einem anderen Konto angemeldet. Es wurde nichts verbunden. Bitte wählen Sie das Konto dieses Postfachs."
        case .scopeTitle: "Eine Berechtigung fehlt"
        case .scopeText:
            "Microsoft hat nicht alles erteilt, was {tenant} benötigt. Es wurde nichts verbunden. Bitte versuchen Sie es erneut und stimmen Sie allen aufgeführten Punkten zu."
        case .guestTitle: "Das ist ein Gastkonto"
        case .guestText:
            "Sie sind in dieser Organisation nur Gast; Ihr Postfach liegt woanders. Es wurde nichts verbunden. Bitte melden Sie sich mit dem Konto Ihrer eigenen Organisation an."
        case .noMailboxTitle: "Dieses Konto hat kein Postfach"
        case .noMailboxText:
            "Bei Microsoft gibt es zu diesem Konto kein nutzbares Cloud-Postfach. Es wurde nichts verbunden. Bitte wenden Sie sich an Ihre Administration, oder melden Sie sich mit einem anderen Konto an."
        case .accountDisabledTitle: "Dieses Konto ist bei Microsoft gesperrt"
        case .accountDisabledText:
            "Microsoft hat das Konto, mit dem Sie sich angemeldet haben, deaktiviert oder gesperrt. Es wurde nichts verbunden. Bitte melden Sie sich bei Microsoft an und folgen Sie den Anweisungen dort, oder wenden Sie sich an Ihre Administration; öffnen Sie danach den Link erneut."
        case .sharedPersonalTitle: "Freigegebene Postfächer brauchen ein Geschäftskonto"
        case .sharedPersonalText:
            "{tenant} hat auch nach den Postfächern gefragt, die Ihre Organisation für Sie freigibt. Sie haben sich mit einem persönlichen Konto angemeldet; dort gibt es keine. Es wurde nichts verbunden. Bitte melden Sie sich mit Ihrem Geschäftskonto an."
        case .addressHeldTitle: "Diese Adresse gehört zu einem anderen Konto"
        case .addressHeldText:
            "{tenant} hat diese Adresse bereits über ein anderes Microsoft-Konto verbunden. Es wurde nichts geändert. Bitte lassen Sie diese Verbindung zuerst von {tenant} entfernen."
        case .unwantedTitle: "Nicht mehr benötigt"
        case .unwantedText: "{tenant} hat gelöscht, wofür dieser Link gedacht war. Es wurde nichts verbunden."
        case .failedTitle: "Das hat nicht geklappt"
        case .failedText:
            "Microsoft hat die Anmeldung nicht bestätigt. Es wurde nichts verbunden. Bitte versuchen Sie es erneut; der Link bleibt gültig."
        case .usedTitle: "Dieser Link wurde bereits verwendet"
        case .usedText:
            "Mit diesem Link wurde schon ein Postfach verbunden; hier ist nichts mehr zu tun. Um ein weiteres Postfach zu verbinden, fordern Sie bitte bei {tenant} einen neuen Link an."
        case .unknownTitle: "Unbekannter Link"
        case .unknownText:
            "Dieser Link stammt nicht von uns, oder ein Teil davon ist unterwegs verloren gegangen. Bitte öffnen Sie den vollständigen Link aus Ihrer Nachricht, oder bitten Sie den Absender um einen neuen."
        case .unavailableTitle: "Bitte versuchen Sie es gleich noch einmal"
        case .unavailableText:
            "Bei uns ist ein Fehler aufgetreten. Ihr Link bleibt gültig: Bitte öffnen Sie ihn in einigen Minuten erneut."
        case .invitationTitle: "{tenant} bittet Sie, Ihr Postfach zu verbinden"
        case .invitationText:
            "Es geht um {email}. Sie melden sich bei Microsoft an und entscheiden dort; weder {tenant} noch Hearth sieht jemals Ihr Passwort."
        case .invitationButton: "Weiter zu Microsoft"
        case .mailUntil: "Der Link gilt bis {until} (UTC)."
        case .mailIgnore:
            "Wenn Sie {tenant} nicht kennen oder diese Nachricht nicht erwartet haben, ignorieren Sie sie. Dann wird nichts verbunden."
        case .tryAgain: "Erneut versuchen"
        case .otherAccount: "Richtiges Konto wählen"
        case .back: "Zurück zu {tenant}"
        case .formTitle: "Verbinden Sie Ihr Postfach"
        case .formText:
            "{tenant} möchte ein Postfach von Ihnen verbinden. Nennen Sie es hier; danach fragt Microsoft nach Ihrer Zustimmung, und vorher wird nichts verbunden."
        case .formEmail: "E-Mail-Adresse des Postfachs"
        case .formFirstName: "Vorname"
        case .formLastName: "Nachname"
        case .formSubmit: "Weiter zu Microsoft"
        case .formFieldProblem: "Bitte prüfen Sie diese Angabe."
        case .formEndedTitle: "Dieses Formular gilt nicht mehr"
        case .formEndedText:
            "Zur Sicherheit gilt es eine Viertelstunde. Es wurde nichts verbunden. Bitte öffnen Sie es dort erneut, wo Sie es gefunden haben."
        case .mayHeading: "Das darf {tenant}"
        case .asksHeading: "Darum bittet {tenant}"
        case .mayRead: "E-Mails in diesem Postfach lesen"
        case .maySort: "E-Mails ordnen: Nachrichten anlegen, verschieben, markieren und löschen"
        case .maySend: "E-Mails aus diesem Postfach senden"
        case .mayShare: "Dasselbe in Postfächern, die Ihre Organisation für Sie freigibt"
        case .mayKnow: "Ihren Namen und Ihre E-Mail-Adresse sehen"
        case .mayStay: "Diesen Zugriff auch dann nutzen, wenn Sie nicht angemeldet sind – bis Sie ihn widerrufen"
        case .withdrawHeading: "So widerrufen Sie den Zugriff"
        case .withdrawAsk: "Bitten Sie {tenant}, das Postfach zu trennen, und entfernen Sie die App bei Microsoft:"
        case .withdrawPersonal: "Mit einem persönlichen Konto:"
        case .withdrawWork: "Mit einem Geschäfts-, Schul- oder Unikonto:"
        }
    }
}
