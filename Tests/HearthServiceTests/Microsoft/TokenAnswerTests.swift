import Foundation
import Postgres
import Testing

@testable import HearthMicrosoft
@testable import HearthWeb

@Suite("Answers of the token endpoint")
struct TokenAnswerTests {
    private func answer(expiresIn: String) -> TokenAnswer? {
        TokenAnswer(Array(#"{"access_token":"a","expires_in":\#(expiresIn)}"#.utf8))
    }

    @Test("an end in no year that a table could give back is not believed", arguments: ["1e300", "1e12", #""inf""#])
    func farAway(expiresIn: String) throws {
        let end = Date(timeIntervalSince1970: 1_800_000_000).addingTimeInterval(
            try #require(answer(expiresIn: expiresIn)).expiresIn)
        #expect(RFC3339.format(end).hasPrefix("2027-01-17"))
    }

    @Test("an end that Microsoft gives is taken as it is", arguments: ["3599", "5166", #""86399""#])
    func usual(expiresIn: String) throws {
        #expect(
            try #require(answer(expiresIn: expiresIn)).expiresIn
                == Double(expiresIn.trimmingCharacters(in: ["\""])))
    }

    @Test("what never lived is no answer", arguments: ["0", "-1", #""nan""#, "null"])
    func none(expiresIn: String) {
        #expect(answer(expiresIn: expiresIn) == nil)
    }

    @Test(
        "an empty or blank refresh token is none",
        arguments: [#""""#, #"" ""#, #""\t""#, #""\u00a0""#, "null", "7", #""a b""#, #""a\nb""#])
    func noRefreshToken(value: String) throws {
        let body = #"{"access_token":"a","expires_in":3599,"refresh_token":\#(value),"id_token":\#(value)}"#
        let answer = try #require(TokenAnswer(Array(body.utf8)))
        #expect(answer.refreshToken == nil)
        #expect(answer.idToken == nil)
    }

    @Test("an answer without a usable access token is no answer", arguments: [#""""#, #"" ""#, "null", #""a b""#])
    func noAccessToken(value: String) {
        #expect(TokenAnswer(Array(#"{"access_token":\#(value),"expires_in":3599}"#.utf8)) == nil)
    }
}
