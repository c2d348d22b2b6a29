import Foundation
import Logging
import StrictJSON
import Testing

@testable import HearthCore

@Suite("Log lines")
struct JSONLogHandlerTests {
    private let lines = LogLines()

    @Test("a line is one JSON object with the fixed members first")
    func fixed() throws {
        lines.logger().info("hello", metadata: ["b.c": "2", "a": "1"])
        #expect(
            lines.all == [
                #"{"time":"1970-01-01T00:00:00.000Z","level":"info","logger":"test","message":"hello","a":"1","b.c":"2"}"#
                    + "\n"
            ])
    }

    @Test("whatever is in a message or its metadata, a line stays one line of JSON")
    func hostile() throws {
        let text = "a\"b\\c\nd\r\u{0}\u{1b}\u{2028}ü"
        lines.logger().error("\(text)", metadata: ["k\n\"": "\(text)"])
        let line = try #require(lines.all.first)
        #expect(line.filter { $0 == "\n" || $0 == "\r\n" }.count == 1 && line.hasSuffix("\n"))
        // The strict parser refuses NUL, so a general one is used here.
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["message"] as? String == text)
        #expect(object["k\n\""] as? String == text)
    }

    @Test("numbers and truth values stay what they are, dictionaries become dotted names, lists stay lists")
    func kinds() throws {
        lines.logger().info(
            "x",
            metadata: [
                "int": .stringConvertible(5), "double": .stringConvertible(1.5), "bool": .stringConvertible(true),
                "uint": .stringConvertible(UInt64.max), "d": ["e": ["f": "1"], "g": "2"], "list": ["a", ["h": "b"]],
            ])
        let object = try #require(try lines.lines("x").first)
        #expect(object["int"] == .integer(5))
        #expect(object["double"] == .double(1.5))
        #expect(object["bool"] == .bool(true))
        #expect(object["uint"] == .string("18446744073709551615"))
        #expect(object["d.e.f"] == .string("1"))
        #expect(object["d.g"] == .string("2"))
        #expect(object["list"] == .array([.string("a"), .object(JSONObject([.init(name: "h", value: .string("b"))]))]))
    }

    @Test("the event's metadata wins over the logger's, the logger's over the provider's; none takes a fixed name")
    func precedence() throws {
        let output = LogOutput { [lines] in lines.append($0) }
        var logger = Logger(label: "test") { label in
            JSONLogHandler(
                label: label, output: output,
                metadataProvider: .init { ["a": "provider", "b": "provider", "c": "provider"] }
            ) { Date(timeIntervalSince1970: 0) }
        }
        logger[metadataKey: "b"] = "logger"
        logger[metadataKey: "a"] = "logger"
        logger.info("x", metadata: ["a": "event", "time": "never", "message": "no"])
        let object = try #require(try lines.lines("x").first)
        #expect(object["a"] == .string("event"))
        #expect(object["b"] == .string("logger"))
        #expect(object["c"] == .string("provider"))
        #expect(object["metadata.time"] == .string("never"))
        #expect(object["metadata.message"] == .string("no"))
    }

    @Test("lines below the level are not written")
    func level() {
        let logger = lines.logger(level: .warning)
        logger.info("no")
        logger.warning("yes")
        #expect(lines.all.count == 1)
    }

    @Test("lines of many threads do not mix")
    func threads() async throws {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let logger = Logger(label: "test") { label in
            JSONLogHandler(label: label, output: output) { Date(timeIntervalSince1970: 0) }
        }
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<100 {
                group.addTask { logger.info("line", metadata: ["index": .stringConvertible(index)]) }
            }
        }
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: try #require(try pipe.fileHandleForReading.readToEnd()), as: UTF8.self)
        let indexes = try text.split(separator: "\n").map {
            try JSONParser().parse(Array($0.utf8)).value.asObject?["index"]?.asInteger
        }
        #expect(Set(indexes) == Set((0..<100).map { Int64($0) }))
    }
}
