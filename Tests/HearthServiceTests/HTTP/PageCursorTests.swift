import Testing

@testable import HearthWeb

@Suite("Cursors of pages")
struct PageCursorTests {
    @Test(
        "a cursor is read back as what it was", arguments: [1, 2, 255, 256, 199_000, 9_007_199_254_740_991] as [Int64])
    func roundTrip(key: Int64) {
        let cursor = PageCursor(.campaigns, after: key)
        #expect(PageCursor(cursor.text, of: .campaigns) == cursor)
        #expect(PageCursor(cursor.text, of: .consents) == nil)
    }

    @Test("no two places have the same text, and no text is read in two spellings")
    func canonical() {
        let texts = (1...2_000).map { PageCursor(.history, after: $0).text }
        #expect(Set(texts).count == texts.count)
        for text in texts.prefix(100) {
            for other in [text + "=", " " + text, text + "A", String(text.dropLast())] {
                #expect(PageCursor(other, of: .history) == nil)
            }
        }
    }

    @Test("no change of one character leads out of the bounds of ids")
    func tampered() {
        let text = Array(PageCursor(.campaigns, after: 199_001).text)
        for index in text.indices {
            for replacement in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. é" {
                var changed = text
                changed[index] = replacement
                guard let cursor = PageCursor(String(changed), of: .campaigns) else { continue }
                #expect((1...9_007_199_254_740_991).contains(cursor.key))
                #expect(cursor.text == String(changed))
            }
        }
    }

    @Test(
        "what is no cursor is none", arguments: ["", "0", "AQEAAAAAAAAAAA", "AgEAAAAAAAAAAQ", "AQEAIAAAAAAAAA", "\0"])
    func none(text: String) {
        #expect(PageCursor(text, of: .campaigns) == nil)
    }

    @Test("a page has one element less than what shows that there are more")
    func pages() throws {
        var fields = try Fields(query: "limit=2")
        let request = try #require(PageRequest(of: .campaigns, &fields))
        #expect(request.limit == 2)
        let full = Page([1, 2, 3] as [Int64], of: request, key: \.self)
        #expect(full.elements == [1, 2])
        #expect(full.next == PageCursor(.campaigns, after: 2))
        #expect(Page([1, 2] as [Int64], of: request, key: \.self).next == nil)
        #expect(Page([] as [Int64], of: request, key: \.self).next == nil)
    }
}
