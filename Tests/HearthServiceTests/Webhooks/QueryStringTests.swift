import Foundation
import StrictJSON
import Testing

@testable import HearthCampaigns
@testable import HearthCore
@testable import HearthWeb

@Suite("meta in webhooks")
struct QueryStringTests {
    @Test("whatever depth is taken in a form is told in webhooks")
    func deepest() throws {
        let depth = JSONParser().maximumDepth
        let meta = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let body = try FormFields.filled([("meta", meta)]).body()
        var fields = Fields(body)
        let read = fields.meta()
        #expect(read?.text == meta)
        #expect(QueryString(meta: meta)?.text.removingPercentEncoding == meta)
    }

    @Test("an action over many campaigns keeps changes of whatever depth was taken")
    func deepestChange() throws {
        // `meta` is itself one level of the depth allowed in the form field `changes`.
        let depth = JSONParser().maximumDepth - 1
        let meta = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let body = try FormFields.filled([
            ("action", "update"), ("ids", "7"), ("changes", #"{"meta":\#(meta)}"#),
        ]).body()
        let wanted = try CampaignActions(body)
        #expect(try CampaignActions(text: wanted.text).changes == wanted.changes)
        #expect(wanted.changes?.meta == meta)
    }
}

extension FormFields {
    fileprivate static func filled(_ fields: [(String, String)]) throws(APIError) -> FormFields {
        var form = FormFields()
        for (name, text) in fields { try form.append(name: name, text: text) }
        return form
    }
}
