import Foundation
import HearthCampaigns
import HearthCore
import HearthMailboxes
import HearthRules
import StrictJSON

extension OutboxEvent {
    /// Creates the event for a new warning, with the warning's members and, for a mailbox, its campaign.
    ///
    /// - Parameter type: ``WarningCode/event`` of the warning.
    init(_ warning: Warning, type: String, campaign: Campaign?, at now: Date) {
        var data = JSONWriter()
        data.object { json in
            warning.writeMembers(to: &json)
            json.member("campaign_id", campaign?.id)
            json.member("owner_email", campaign?.ownerEmail)
        }
        self.init(
            type: type, action: type.split(separator: ".").last.map(String.init) ?? type,
            orderingKey: warning.orderingKey, campaignID: nil, ownerEmail: campaign?.ownerEmail, sequence: 0,
            account: Self.account(
                campaignID: campaign?.id, firstName: campaign?.firstName ?? "", lastName: campaign?.lastName ?? "",
                email: campaign?.email ?? warning.address ?? "", tags: campaign?.tags ?? [], meta: campaign?.meta),
            data: data.text, createdAt: now)
    }
}

extension Warning {
    fileprivate var orderingKey: String {
        switch subject {
        case .mailbox(let id, _): "mailbox:\(id)"
        case .application(let id, _): "application:\(id)"
        case .service: "service"
        }
    }

    fileprivate var address: String? {
        if case .mailbox(_, let address) = subject { address } else { nil }
    }
}
