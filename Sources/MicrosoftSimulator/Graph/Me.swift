import Foundation

/// `GET /me`.
extension SimulatorState {
    func me(_ exchange: Exchange, caller: Caller) throws(GraphFailure) -> Reply {
        // The caller's own profile, or with a further permission that of others.
        guard caller.scopes.contains("user.readbasic.all") || !caller.isDelegate && caller.scopes.contains("user.read")
        else {
            throw GraphFailure(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        }
        let account = caller.mailbox
        let names = account.displayName.split(separator: " ", maxSplits: 1).map(String.init)
        let members: [String: JSON] = [
            "id": .string(account.graphID),
            "displayName": .string(account.displayName),
            "givenName": .text(names.first),
            "surname": .text(names.count > 1 ? names[1] : nil),
            "userPrincipalName": .string(account.userPrincipalName),
            "mail": .text(mail(of: account)),
            "jobTitle": .null,
            "mobilePhone": .null,
            "businessPhones": [],
            "officeLocation": .null,
            "preferredLanguage": .text(account.language),
        ]
        var shown = members
        var context = "users/$entity"
        if let select = exchange.query["$select"] {
            let asked = select.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            shown = [:]
            for name in asked {
                if let found = members.first(where: { $0.key.lowercased() == name.lowercased() }) {
                    shown[found.key] = found.value
                } else if let value = onlySelected(name, of: account) {
                    shown[value.name] = value.json
                } else {
                    throw .badRequest("Could not find a property named '\(name)' on type 'microsoft.graph.user'.")
                }
            }
            context = "users(\(asked.joined(separator: ",")))/$entity"
        }
        shown["@odata.context"] = .string("\(exchange.baseURL)/v1.0/$metadata#\(context)")
        return .json(.object(shown), type: Self.graphContentType)
    }

    /// Properties outside the default set. Personal accounts are in no directory.
    private func onlySelected(_ name: String, of account: Account) -> (name: String, json: JSON)? {
        let isWork = account.kind == .work
        return switch name.lowercased() {
        case "proxyaddresses": ("proxyAddresses", .array(isWork ? account.proxyAddresses.map(JSON.string) : []))
        case "usertype": ("userType", isWork ? .string(account.isGuest ? "Guest" : "Member") : .null)
        case "accountenabled":
            (
                "accountEnabled",
                isWork ? .bool(!account.isShared && !conditions.has(.disabled, .account(account.id))) : .null
            )
        case "othermails": ("otherMails", [])
        default: nil
        }
    }
}
