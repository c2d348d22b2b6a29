import StrictJSON
import Testing

@testable import HearthCampaigns
@testable import HearthWeb

@Suite("Actions over many campaigns")
struct CampaignActionsTests {
    private func read(_ json: String) throws -> CampaignActions {
        try CampaignActions(ParsedBody(json: JSONParser().parse(Array(json.utf8))))
    }

    @Test(
        "what a job keeps is what was asked for",
        arguments: [
            #"{"action":"start","ids":[3,1,2]}"#,
            #"{"action":"delete","filter":{"status":"paused","email":"Ann@Contoso.example","tag":"a \"b\" 🦊"}}"#,
            #"{"action":"pause","filter":{"tag":"$1 -- '"}}"#,
            #"{"action":"update","ids":[1],"changes":{"email_per_day":5,"sending_windows":[{"days":["mon"],"from":"08:00","to":"09:00"}]}}"#,
        ])
    func roundTrip(json: String) throws {
        let wanted = try read(json)
        let kept = try CampaignActions(text: wanted.text)
        #expect(kept.action == wanted.action)
        // Ids are kept as the units of the job.
        if case .ids = wanted.selection {
            #expect(kept.selection == .units)
            #expect(!wanted.text.contains("ids"))
        } else {
            #expect(kept.selection == wanted.selection)
        }
        #expect(kept.changes == wanted.changes)
        #expect(kept.text == wanted.text)
    }

    @Test("each id is taken once, in the order of the request, numbers and texts alike")
    func ids() throws {
        #expect(try read(#"{"action":"start","ids":[3,"1",3,"3",2]}"#).selection == .ids([3, 1, 2]))
        #expect(try read(#"{"action":"start","ids":" 3, 1 ,3"}"#).selection == .ids([3, 1]))
    }

    @Test("nothing but update takes changes along")
    func changes() throws {
        let wanted = try read(#"{"action":"pause","ids":[1],"changes":{"email_per_day":5}}"#)
        #expect(wanted.changes == nil)
        #expect(!wanted.text.contains("changes"))
    }
}
