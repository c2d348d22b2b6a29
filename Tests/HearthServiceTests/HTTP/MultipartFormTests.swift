import Testing

@testable import HearthWeb

@Suite("Multipart forms")
struct MultipartFormTests {
    private func fields(_ text: String) throws(APIError) -> [String] {
        try MultipartForm.parse(Array(text.utf8), boundary: "B").fields.map { "\($0.name)=\($0.text)" }
    }

    private func part(_ headers: String, _ content: String) -> String {
        "--B\r\n\(headers)\r\n\r\n\(content)\r\n--B--"
    }

    @Test("preamble, epilogue, white space behind boundaries and other headers do not matter")
    func tolerated() throws {
        let text =
            "ignored\r\n--B \t\r\nContent-Type: text/plain\r\ncontent-disposition:form-data; name=a\r\n\r\n1\r\n--B\r\n"
            + "Content-Disposition: form-data; filename=\"f.txt\"; name=\"b\"\r\nX: y\r\n\r\n2\r\n--B--\r\nignored"
        #expect(try fields(text) == ["a=1", "b=2"])
    }

    @Test("contents are taken as they are, line ends and near-boundaries included")
    func contents() throws {
        for content in ["", "\r\n", "\r\r\n", "-B", "\r\n-B", "\r\n--", "a\r\n--C", "\n--B", "x\0y", "ü\r"] {
            #expect(try fields(part("Content-Disposition: form-data; name=\"a\"", content)) == ["a=" + content])
        }
    }

    @Test("a part may be empty down to the missing line end before the next boundary")
    func emptyPart() throws {
        #expect(try fields("--B\r\nContent-Disposition: form-data; name=a\r\n\r\n--B--") == ["a="])
    }

    @Test("escapes in names are read")
    func names() throws {
        #expect(try fields(part(#"Content-Disposition: form-data; name="a\"b\\c;d""#, "1")) == [#"a"b\c;d=1"#])
        #expect(try fields(part(#"Content-Disposition: form-data; filename="C:\x"; name="n""#, "1")) == ["n=1"])
    }

    @Test(
        "broken forms are refused",
        arguments: [
            "x", "--C\r\n", "--B", "--B\n", "--B\r\n", "--Bx\r\n\r\n", "--B\r\n\r\n1\r\n--B--",
            "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
            "--B\r\nContent-Disposition: form-data; name=a\r\n1\r\n--B--",
            "--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--",
            "--B\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--B--",
            "--B\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--B--", "--B\r\nno colon\r\n\r\n1\r\n--B--",
            "--B\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n1\r\n--B--",
            "--B\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n1\r\n--B--",
        ])
    func broken(text: String) {
        #expect(throws: APIError.self) { try fields(text) }
    }

    @Test("a part's headers, the fields and the length of names are bounded")
    func bounds() {
        let disposition = "Content-Disposition: form-data; name=a"
        #expect(throws: APIError.self) { try fields(part("X: " + String(repeating: "x", count: 9_000), "1")) }
        let lines = String(repeating: "X: y\r\n", count: 17) + disposition
        #expect(throws: APIError.self) { try fields(part(lines, "1")) }
        #expect(throws: APIError.self) {
            try fields(part("Content-Disposition: form-data; name=" + String(repeating: "n", count: 256), "1"))
        }
        let many = String(repeating: "--B\r\n\(disposition)\r\n\r\n1\r\n", count: 201) + "--B--"
        #expect(throws: APIError.self) { try fields(many) }
    }

    @Test("content that is not UTF-8 is refused")
    func binary() {
        let bytes =
            Array("--B\r\nContent-Disposition: form-data; name=a\r\n\r\n".utf8) + [0xFF, 0xFE] + Array("\r\n--B--".utf8)
        #expect(throws: APIError.self) { try MultipartForm.parse(bytes, boundary: "B") }
    }

    @Test(
        "boundaries that RFC 2046 does not allow are not used",
        arguments: [
            "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a b \"",
            "multipart/form-data; boundary=a\u{7}",
            "multipart/form-data; boundary=" + String(repeating: "b", count: 71),
            "multipart/form-data; boundary=ü",
        ])
    func boundaries(contentType: String) {
        #expect(BodyMediaType(contentType) == .multipart(boundary: nil))
        #expect(Bodies.refusal { try Bodies.decode("--x--", contentType) }?.code == "MALFORMED_FORM")
    }

    @Test("parameters are found in any place, quoted or not")
    func parameters() {
        #expect(BodyMediaType(#"multipart/form-data; boundary="a;b=c""#) == .multipart(boundary: nil))
        #expect(
            BodyMediaType(#"Multipart/Form-Data; charset=utf-8; BOUNDARY="a:b=c" "#) == .multipart(boundary: "a:b=c"))
        #expect(BodyMediaType("multipart/form-data;boundary=abc; x=y") == .multipart(boundary: "abc"))
    }
}
