import HearthRules

extension OwnerPhrase {
    /// With the no-break spaces that French sets before double punctuation.
    package var french: String {
        switch self {
        case .request: "Demande de {tenant}"
        case .footer: "{tenant} connecte les boîtes aux lettres au moyen de Hearth."
        case .connectedTitle: "Votre boîte aux lettres est connectée"
        case .connectedText: "{tenant} peut désormais utiliser {email}. Vous pouvez fermer cette page."
        case .waitingTitle: "Un instant"
        case .waitingText: "Nous attendons la confirmation de Microsoft. Cette page s’actualise d’elle-même."
        case .expiredTitle: "Ce lien a expiré"
        case .expiredText: "Rien n’a été connecté. Veuillez demander un nouveau lien à {tenant}."
        case .revokedTitle: "Ce lien n’est plus valable"
        case .revokedText:
            "{tenant} l’a retiré, ou un lien plus récent a été utilisé. Rien n’a été connecté avec celui-ci."
        case .unfinishedTitle: "Pas encore terminé"
        case .unfinishedText: "Microsoft n’a encore rien confirmé\u{A0}: rien n’est donc connecté."
        case .declinedTitle: "La connexion n’a pas abouti"
        case .declinedText:
            "Rien n’a été connecté. Si Microsoft ne vous a pas laissé le choix, l’administrateur de votre organisation doit d’abord approuver cette application. Si vous avez changé d’avis, vous pouvez réessayer."
        case .adminTitle: "Votre administrateur doit donner son accord"
        case .adminText:
            "Dans votre organisation, seul un administrateur peut autoriser l’accès aux boîtes aux lettres. Rien n’a été connecté. Veuillez lui demander d’approuver l’application, puis suivez de nouveau le lien."
        case .pendingTitle: "Votre administrateur a donné son accord"
        case .pendingText:
            "Microsoft a besoin de quelques minutes pour appliquer cet accord partout\u{A0}; rien n’est donc encore connecté. Cette page réessaie d’elle-même. Si Microsoft demande encore un accord à ce moment-là, revenez en arrière et patientez un peu."
        case .approvedTitle: "Merci. L’application est approuvée"
        case .approvedText:
            "Aucune boîte aux lettres n’a été connectée ainsi, pas même la vôtre. Les personnes de {domain} peuvent désormais connecter leur propre boîte aux lettres à {tenant}. Microsoft peut mettre quelques minutes à le leur permettre."
        case .approvedNote:
            "Pour retirer cet accord, ouvrez l’application sous Applications d’entreprise dans le centre d’administration Microsoft Entra, puis supprimez ses autorisations."
        case .allowedHeading: "Ce que {tenant} peut faire dans une boîte aux lettres que son propriétaire connecte"
        case .notApprovedTitle: "Rien n’a été approuvé"
        case .notApprovedText:
            "Selon Microsoft, l’application n’a pas été approuvée. Seul un administrateur général, de rôle privilégié, d’application cloud ou d’application de {domain} peut l’approuver. Si vous en êtes un et que vous avez changé d’avis, vous pouvez réessayer."
        case .notInCloudTitle: "Cette boîte aux lettres n’est pas dans le nuage de Microsoft"
        case .notInCloudText:
            "Microsoft connaît cette boîte aux lettres mais ne peut pas l’atteindre\u{A0}: elle se trouve sur un serveur de votre organisation, elle est inactive ou elle n’a pas de licence. Seules les boîtes aux lettres de Microsoft 365 et d’Outlook.com peuvent être connectées. Rien n’a été connecté. Veuillez vous adresser à votre administrateur, ou vous connecter avec un autre compte."
        case .mismatchTitle: "C’était une autre boîte aux lettres"
        case .mismatchText:
            "{tenant} a demandé {masked}, mais vous vous êtes connecté avec un autre compte. Rien n’a été connecté. Veuillez choisir le compte de cette boîte aux lettres."
        case .scopeTitle: "Il manque une autorisation"
        case .scopeText:
            "Microsoft n’a pas accordé tout ce dont {tenant} a besoin. Rien n’a été connecté. Veuillez réessayer et accepter tout ce qui est indiqué."
        case .guestTitle: "Ceci est un compte invité"
        case .guestText:
            "Vous êtes invité dans cette organisation, et votre boîte aux lettres se trouve ailleurs. Rien n’a été connecté. Veuillez vous connecter avec le compte de votre propre organisation."
        case .noMailboxTitle: "Ce compte n’a pas de boîte aux lettres"
        case .noMailboxText:
            "Microsoft n’a pas de boîte aux lettres en ligne utilisable pour ce compte. Rien n’a été connecté. Veuillez vous adresser à votre administrateur, ou vous connecter avec un autre compte."
        case .accountDisabledTitle: "Ce compte est bloqué chez Microsoft"
        case .accountDisabledText:
            "Microsoft a désactivé ou suspendu le compte avec lequel vous vous êtes connecté. Rien n’a été connecté. Veuillez vous connecter chez Microsoft et suivre les instructions affichées, ou vous adresser à votre administrateur\u{A0}; suivez ensuite le lien de nouveau."
        case .sharedPersonalTitle: "Les boîtes aux lettres partagées exigent un compte professionnel"
        case .sharedPersonalText:
            "{tenant} a aussi demandé les boîtes aux lettres que votre organisation partage avec vous. Vous vous êtes connecté avec un compte personnel, qui n’en a pas. Rien n’a été connecté. Veuillez vous connecter avec votre compte professionnel."
        case .addressHeldTitle: "Cette adresse appartient à un autre compte"
        case .addressHeldText:
            "{tenant} a déjà connecté cette adresse au moyen d’un autre compte Microsoft. Rien n’a été modifié. Veuillez d’abord demander à {tenant} de supprimer cette connexion."
        case .unwantedTitle: "Ce n’est plus nécessaire"
        case .unwantedText: "{tenant} a supprimé ce à quoi ce lien devait servir. Rien n’a été connecté."
        case .failedTitle: "Cela n’a pas fonctionné"
        case .failedText:
            "Microsoft n’a pas confirmé la connexion. Rien n’a été connecté. Veuillez réessayer\u{A0}; le lien reste valable."
        case .usedTitle: "Ce lien a déjà été utilisé"
        case .usedText:
            "Une boîte aux lettres a déjà été connectée avec ce lien\u{A0}; il n’y a plus rien à faire ici. Pour en connecter une autre, veuillez demander un nouveau lien à {tenant}."
        case .unknownTitle: "Lien inconnu"
        case .unknownText:
            "Ce lien ne vient pas de nous, ou une partie s’en est perdue en route. Veuillez rouvrir le lien entier depuis votre message, ou en demander un nouveau à la personne qui vous l’a envoyé."
        case .unavailableTitle: "Veuillez réessayer dans un instant"
        case .unavailableText:
            "Une erreur s’est produite de notre côté. Votre lien reste valable\u{A0}: veuillez le suivre de nouveau dans quelques minutes."
        case .invitationTitle: "{tenant} vous demande de connecter votre boîte aux lettres"
        case .invitationText:
            "Il s’agit de {email}. Vous vous identifiez chez Microsoft et y décidez\u{A0}; ni {tenant} ni Hearth ne voient jamais votre mot de passe."
        case .invitationButton: "Continuer vers Microsoft"
        case .mailUntil: "Le lien est valable jusqu’au {until} (UTC)."
        case .mailIgnore:
            "Si vous ne connaissez pas {tenant} ou n’attendiez pas ce message, ignorez-le. Rien ne sera alors connecté."
        case .tryAgain: "Réessayer"
        case .otherAccount: "Choisir le bon compte"
        case .back: "Retour à {tenant}"
        case .formTitle: "Connectez votre boîte aux lettres"
        case .formText:
            "{tenant} souhaite connecter une de vos boîtes aux lettres. Indiquez laquelle ; Microsoft vous demandera ensuite votre accord, et rien n’est connecté avant."
        case .formEmail: "Adresse e-mail de la boîte aux lettres"
        case .formFirstName: "Prénom"
        case .formLastName: "Nom"
        case .formSubmit: "Continuer vers Microsoft"
        case .formFieldProblem: "Veuillez vérifier cette saisie."
        case .formEndedTitle: "Ce formulaire n’est plus valable"
        case .formEndedText:
            "Par sécurité, il est valable un quart d’heure. Rien n’a été connecté. Veuillez le rouvrir à l’endroit où vous l’avez trouvé."
        case .mayHeading: "Ce que {tenant} peut faire"
        case .asksHeading: "Ce que {tenant} demande"
        case .mayRead: "Lire les messages de cette boîte aux lettres"
        case .maySort: "Tenir les messages en ordre\u{A0}: en créer, les déplacer, les marquer et les supprimer"
        case .maySend: "Envoyer des messages depuis cette boîte aux lettres"
        case .mayShare: "La même chose dans les boîtes aux lettres que votre organisation partage avec vous"
        case .mayKnow: "Voir votre nom et votre adresse e-mail"
        case .mayStay: "Utiliser cet accès lorsque vous n’êtes pas connecté, jusqu’à ce que vous le retiriez"
        case .withdrawHeading: "Comment retirer cet accès"
        case .withdrawAsk:
            "Demandez à {tenant} de déconnecter la boîte aux lettres, et supprimez l’application chez Microsoft\u{A0}:"
        case .withdrawPersonal: "Avec un compte personnel\u{A0}:"
        case .withdrawWork: "Avec un compte professionnel ou scolaire\u{A0}:"
        }
    }
}
