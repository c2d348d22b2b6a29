import HearthCore
import StrictJSON

/// The result of an import, for the operator.
struct ImportReport {
    let tenant: TenantStore.Tenant
    let items: [ImportItem]
    /// The number of entries in the source's list that are not campaigns.
    let unreadable: Int
    let isDryRun: Bool
    /// The number of e-mails that the account may send a day at the source.
    let sourcePool: Int64?

    private var counts: [ImportItem.Outcome: Int] {
        items.reduce(into: [:]) { $0[$1.outcome, default: 0] += 1 }
    }

    private var warnings: [String] {
        var warnings: [String] = []
        if let sourcePool, sourcePool > tenant.emailPerDay {
            warnings.append(
                "The account may send \(sourcePool) e-mails a day at the source but \(tenant.emailPerDay) here; to raise the limit, run: hearth tenant limits \(tenant.id) --email-per-day \(sourcePool)"
            )
        }
        if unreadable > 0 { warnings.append("\(unreadable) entries of the source's list have no id and were left out") }
        if counts[.failed] != nil { warnings.append("Some could not be read; run the command again to retry them") }
        return warnings
    }

    var answer: Answer {
        let summary = "\(isDryRun ? "Dry run: " : "")\(ImportItem.words(for: counts))"
        var answer = Answer(text: (items.map(\.line) + [summary] + warnings).joined(separator: "\n")) { json in
            json.member("tenant_id", tenant.id)
            json.member("dry_run", isDryRun)
            json.member("total", items.count)
            for outcome in ImportItem.Outcome.allCases { json.member(outcome.rawValue, counts[outcome] ?? 0) }
            json.member("source_email_per_day", sourcePool)
            json.array("warnings") { json in
                for warning in warnings { json.value(warning) }
            }
            json.array("campaigns") { json in
                for item in items { item.write(to: &json) }
            }
        }
        answer.isFailure = counts[.failed] != nil
        return answer
    }
}
