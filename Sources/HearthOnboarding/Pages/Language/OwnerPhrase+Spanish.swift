import HearthRules

extension OwnerPhrase {
    package var spanish: String {
        switch self {
        case .request: "Solicitud de {tenant}"
        case .footer: "{tenant} conecta buzones mediante Hearth."
        case .connectedTitle: "Su buzón está conectado"
        case .connectedText: "{tenant} ya puede usar {email}. Puede cerrar esta página."
        case .waitingTitle: "Un momento"
        case .waitingText: "Estamos esperando la confirmación de Microsoft. Esta página se actualiza sola."
        case .expiredTitle: "Este enlace ha caducado"
        case .expiredText: "No se ha conectado nada. Solicite a {tenant} un enlace nuevo."
        case .revokedTitle: "Este enlace ya no es válido"
        case .revokedText:
            "{tenant} lo ha retirado, o se ha usado un enlace más reciente. No se ha conectado nada con este."
        case .unfinishedTitle: "Aún no ha terminado"
        case .unfinishedText: "Microsoft todavía no ha confirmado nada, así que no hay nada conectado."
        case .declinedTitle: "El inicio de sesión no se completó"
        case .declinedText:
            "No se ha conectado nada. Si Microsoft no le dio a elegir, el administrador de su organización debe aprobar antes esta aplicación. Si ha cambiado de opinión, puede volver a intentarlo."
        case .adminTitle: "Su administrador debe aprobarlo"
        case .adminText:
            "En su organización, solo un administrador puede aprobar el acceso a los buzones. No se ha conectado nada. Pida a su administrador que apruebe la aplicación y vuelva a abrir el enlace."
        case .pendingTitle: "Su administrador lo ha aprobado"
        case .pendingText:
            "Microsoft necesita unos minutos para aplicar la aprobación en todas partes, así que todavía no hay nada conectado. Esta página vuelve a intentarlo sola. Si entonces Microsoft sigue pidiendo una aprobación, regrese desde allí y espere un poco más."
        case .approvedTitle: "Gracias. La aplicación está aprobada"
        case .approvedText:
            "Con esto no se ha conectado ningún buzón, tampoco el suyo. Las personas de {domain} ya pueden conectar su propio buzón a {tenant}. Microsoft puede tardar unos minutos en permitírselo."
        case .approvedNote:
            "Para retirar la aprobación, abra la aplicación en Aplicaciones empresariales del centro de administración de Microsoft Entra y quite sus permisos."
        case .allowedHeading: "Lo que {tenant} puede hacer en un buzón que su propietario conecte"
        case .notApprovedTitle: "No se ha aprobado nada"
        case .notApprovedText:
            "Microsoft indica que la aplicación no se aprobó. Solo puede aprobarla un administrador global, de roles con privilegios, de aplicaciones en la nube o de aplicaciones de {domain}. Si usted lo es y ha cambiado de opinión, puede volver a intentarlo."
        case .notInCloudTitle: "Este buzón no está en la nube de Microsoft"
        case .notInCloudText:
            "Microsoft conoce este buzón, pero no puede acceder a él: está en un servidor de su organización, está inactivo o no tiene licencia. Solo se pueden conectar buzones de Microsoft 365 y Outlook.com. No se ha conectado nada. Consulte a su administrador o inicie sesión con otra cuenta."
        case .mismatchTitle: "Ese era otro buzón"
        case .mismatchText:
            "{tenant} solicitó {masked}, pero usted inició sesión con otra cuenta. No se ha conectado nada. Elija la cuenta de ese buzón."
        case .scopeTitle: "Falta un permiso"
        case .scopeText:
            "Microsoft no concedió todo lo que {tenant} necesita. No se ha conectado nada. Vuelva a intentarlo y acepte todo lo que se indica."
        case .guestTitle: "Esta es una cuenta de invitado"
        case .guestText:
            "Usted es invitado en esa organización y su buzón está en otro lugar. No se ha conectado nada. Inicie sesión con la cuenta de su propia organización."
        case .noMailboxTitle: "Esta cuenta no tiene buzón"
        case .noMailboxText:
            "Microsoft no tiene ningún buzón en la nube utilizable para esta cuenta. No se ha conectado nada. Consulte a su administrador o inicie sesión con otra cuenta."
        case .accountDisabledTitle: "Esta cuenta está bloqueada en Microsoft"
        case .accountDisabledText:
            "Microsoft ha desactivado o suspendido la cuenta con la que ha iniciado sesión. No se ha conectado nada. Inicie sesión en Microsoft y siga las instrucciones que aparecen allí, o consulte a su administrador; después, abra de nuevo el enlace."
        case .sharedPersonalTitle: "Los buzones compartidos requieren una cuenta profesional"
        case .sharedPersonalText:
            "{tenant} solicitó también los buzones que su organización comparte con usted. Inició sesión con una cuenta personal, que no tiene ninguno. No se ha conectado nada. Inicie sesión con su cuenta profesional."
        case .addressHeldTitle: "Esta dirección pertenece a otra cuenta"
        case .addressHeldText:
            "{tenant} ya ha conectado esta dirección mediante otra cuenta de Microsoft. No se ha cambiado nada. Pida primero a {tenant} que elimine esa conexión."
        case .unwantedTitle: "Ya no es necesario"
        case .unwantedText: "{tenant} ha eliminado aquello para lo que servía este enlace. No se ha conectado nada."
        case .failedTitle: "No ha funcionado"
        case .failedText:
            "Microsoft no confirmó el inicio de sesión. No se ha conectado nada. Vuelva a intentarlo; el enlace sigue siendo válido."
        case .usedTitle: "Este enlace ya se ha usado"
        case .usedText:
            "Ya se conectó un buzón con este enlace, así que aquí no queda nada por hacer. Para conectar otro buzón, solicite a {tenant} un enlace nuevo."
        case .unknownTitle: "Enlace desconocido"
        case .unknownText:
            "Este enlace no es nuestro, o una parte se perdió por el camino. Vuelva a abrir el enlace completo desde su mensaje, o pida uno nuevo a quien se lo envió."
        case .unavailableTitle: "Vuelva a intentarlo en un momento"
        case .unavailableText:
            "Se ha producido un error por nuestra parte. Su enlace sigue siendo válido: vuelva a abrirlo dentro de unos minutos."
        case .invitationTitle: "{tenant} le pide que conecte su buzón"
        case .invitationText:
            "Se trata de {email}. Usted inicia sesión en Microsoft y decide allí; ni {tenant} ni Hearth ven nunca su contraseña."
        case .invitationButton: "Continuar a Microsoft"
        case .mailUntil: "El enlace es válido hasta el {until} (UTC)."
        case .mailIgnore:
            "Si no conoce a {tenant} o no esperaba este mensaje, ignórelo. En ese caso no se conecta nada."
        case .tryAgain: "Volver a intentarlo"
        case .otherAccount: "Elegir la cuenta correcta"
        case .back: "Volver a {tenant}"
        case .formTitle: "Conecte su buzón"
        case .formText:
            "{tenant} desea conectar un buzón suyo. Indique cuál; después Microsoft le pedirá su consentimiento, y antes no se conecta nada."
        case .formEmail: "Dirección de correo del buzón"
        case .formFirstName: "Nombre"
        case .formLastName: "Apellidos"
        case .formSubmit: "Continuar a Microsoft"
        case .formFieldProblem: "Revise este dato, por favor."
        case .formEndedTitle: "Este formulario ya no es válido"
        case .formEndedText:
            "Por seguridad es válido durante un cuarto de hora. No se ha conectado nada. Vuelva a abrirlo donde lo encontró, por favor."
        case .mayHeading: "Lo que {tenant} puede hacer"
        case .asksHeading: "Lo que {tenant} solicita"
        case .mayRead: "Leer el correo de este buzón"
        case .maySort: "Ordenar el correo: crear, mover, marcar y eliminar mensajes"
        case .maySend: "Enviar correo desde este buzón"
        case .mayShare: "Lo mismo en los buzones que su organización comparte con usted"
        case .mayKnow: "Ver su nombre y su dirección de correo electrónico"
        case .mayStay: "Usar este acceso cuando usted no tenga la sesión iniciada, hasta que lo retire"
        case .withdrawHeading: "Cómo retirar este acceso"
        case .withdrawAsk: "Pida a {tenant} que desconecte el buzón y elimine la aplicación en Microsoft:"
        case .withdrawPersonal: "Con una cuenta personal:"
        case .withdrawWork: "Con una cuenta profesional o educativa:"
        }
    }
}
