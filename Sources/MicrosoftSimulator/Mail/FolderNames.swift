/// The folders that every mailbox has, by well-known name, with the names that people see.
enum FolderNames {
    /// In the order in which Graph lists them here.
    static let wellKnown = ["inbox", "drafts", "sentitems", "deleteditems", "junkemail", "archive", "outbox"]

    private static let english = ["Inbox", "Drafts", "Sent Items", "Deleted Items", "Junk Email", "Archive", "Outbox"]

    private static let byLanguage = [
        "de": [
            "Posteingang", "Entwürfe", "Gesendete Elemente", "Gelöschte Elemente", "Junk-E-Mail", "Archiv",
            "Postausgang",
        ],
        "fr": [
            "Boîte de réception", "Brouillons", "Éléments envoyés", "Éléments supprimés", "Courrier indésirable",
            "Archive", "Boîte d'envoi",
        ],
        "es": [
            "Bandeja de entrada", "Borradores", "Elementos enviados", "Elementos eliminados", "Correo no deseado",
            "Archivo", "Bandeja de salida",
        ],
        "it": [
            "Posta in arrivo", "Bozze", "Posta inviata", "Posta eliminata", "Posta indesiderata", "Archivio",
            "Posta in uscita",
        ],
        "nl": [
            "Postvak IN", "Concepten", "Verzonden items", "Verwijderde items", "Ongewenste e-mail", "Archief",
            "Postvak UIT",
        ],
        "ja": ["受信トレイ", "下書き", "送信済みアイテム", "削除済みアイテム", "迷惑メール", "アーカイブ", "送信トレイ"],
    ]

    /// The name in a language such as `de` or `de-CH`; English for those that are not in the table.
    static func display(_ wellKnownName: String, in language: String?) -> String {
        let key = language?.split(separator: "-").first?.lowercased() ?? "en"
        let names = byLanguage[key] ?? english
        return wellKnown.firstIndex(of: wellKnownName).map { names[$0] } ?? wellKnownName
    }
}
