import Foundation
import Testing

@testable import HearthOnboarding
@testable import HearthWeb

@Suite("Pages")
struct PageTests {
    @Test(
        "no value leaves the place it was written to, combining marks or not",
        arguments: ["\"", "\"\u{301}", "<\u{301}", "'\u{20DD}", "&\u{FE0F}", ">\u{1F3FB}"])
    func escaping(hostile: String) throws {
        let templates = try HTMLTemplates([
            "whole": "<a title=\"{{value}}\">{{> part}}</a>", "part": "{{value}}",
            "layout": "<b>{{$body}}{{/body}}</b>", "page": "{{<layout}}{{$body}}{{value}}{{/body}}{{/layout}}",
        ])
        for (name, markup) in [("whole", "<\"\"></>"), ("page", "<></>")] {
            let shown = try templates.render(name, ["value": hostile])
            let special = shown.unicodeScalars.filter { "\"'<>/".unicodeScalars.contains($0) }
            #expect(String(String.UnicodeScalarView(special)) == markup, "\(shown)")
        }
    }

    @Test("logos are told by their first bytes, and nothing else is one")
    func logos() throws {
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0]
        #expect(try TenantLogo(png).mediaType == .png)
        #expect(try TenantLogo([0xFF, 0xD8, 0xFF, 0xE0]).mediaType == .jpeg)
        #expect(try TenantLogo(Array("RIFF0000WEBPVP8 ".utf8)).mediaType == .webp)
        for text in ["", "<svg xmlns='http://www.w3.org/2000/svg'/>", "GIF89a", "RIFF0000WAVE"] {
            #expect(throws: TenantLogo.Problem.notAnImage) { try TenantLogo(Array(text.utf8)) }
        }
        #expect(throws: TenantLogo.Problem.tooLarge) {
            try TenantLogo(png + [UInt8](repeating: 0, count: TenantLogo.maximumBytes))
        }
    }
}
