package import FoundationEssentials
import Glibc
import HearthWeb
package import Logging
import StrictJSON
import Synchronization

/// Writes every log event as one JSON object on one line.
///
/// The members `time`, `level`, `logger` and `message` come first, then the metadata, sorted by name. Names are dotted
/// (`request.id`); nested dictionaries are flattened into such names. The event's metadata overrides the logger's, which
/// overrides the provider's.
package struct JSONLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let output: LogOutput
    private let now: @Sendable () -> Date

    package init(
        label: String, level: Logger.Level = .info, output: LogOutput = .standardError,
        metadataProvider: Logger.MetadataProvider? = nil, now: @escaping @Sendable () -> Date
    ) {
        self.label = label
        self.output = output
        self.metadataProvider = metadataProvider
        self.now = now
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("time", now())
            writer.member("level", event.level.rawValue)
            writer.member("logger", label)
            writer.member("message", event.message.description)
            // For duplicate names, the last one wins.
            var last: Member?
            for member in flattened(event) {
                if let last, last.name != member.name { Self.write(last, to: &writer) }
                last = member
            }
            if let last { Self.write(last, to: &writer) }
        }
        output.append(writer.bytes + [UInt8(ascii: "\n")])
    }

    private struct Member {
        let name: String
        let value: Logger.MetadataValue
    }

    /// Returns all metadata of an event, sorted by name; duplicates are in order of increasing precedence.
    private func flattened(_ event: LogEvent) -> [Member] {
        var flat: [Member] = []
        flat.reserveCapacity(metadata.count + (event.metadata?.count ?? 0) + 1)
        for (name, value) in metadataProvider?.get() ?? [:] { Self.flatten(value, name: name, into: &flat) }
        for (name, value) in metadata { Self.flatten(value, name: name, into: &flat) }
        for (name, value) in event.metadata ?? [:] { Self.flatten(value, name: name, into: &flat) }
        if let error = event.error { flat.append(Member(name: "error", value: "\(error)")) }
        flat.sort { $0.name < $1.name }
        return flat
    }

    private static func flatten(
        _ value: Logger.MetadataValue, name: String, into flat: inout [Member]
    ) {
        if case .dictionary(let inner) = value {
            for (key, value) in inner { flatten(value, name: "\(name).\(key)", into: &flat) }
        } else {
            flat.append(Member(name: name, value: value))
        }
    }

    private static func write(_ member: Member, to writer: inout JSONWriter) {
        let name: String
        switch member.name {
        // Reserved for the handler's own members.
        case "time", "level", "logger", "message": name = "metadata.\(member.name)"
        default: name = member.name
        }
        switch member.value {
        case .string(let text): writer.member(name, text)
        // Most numbers have these types, and a cast to `any BinaryInteger` is slow.
        case .stringConvertible(let value as Int): writer.member(name, value)
        case .stringConvertible(let value as Int64): writer.member(name, value)
        case .stringConvertible(let value as Double): writer.member(name, value)
        default: writer.member(name, json(member.value))
        }
    }

    /// Converts a value to JSON. Numbers and booleans keep their type; other scalars become strings.
    private static func json(_ value: Logger.MetadataValue) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value as Bool): .bool(value)
        case .stringConvertible(let value as any BinaryInteger):
            Int64(exactly: value).map(JSONValue.integer) ?? .string("\(value)")
        case .stringConvertible(let value as Double): .double(value)
        case .stringConvertible(let value): .string("\(value)")
        case .array(let values): .array(values.map(json))
        case .dictionary(let values):
            .object(JSONObject(values.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: json($0.value)) }))
        }
    }
}

/// The destination of log lines. Lines of different threads never interleave.
package final class LogOutput: Sendable {
    private let write: @Sendable ([UInt8]) -> Void
    private let lock = Mutex(())

    /// - Parameter write: called with one line at a time, including its line feed.
    package init(write: @escaping @Sendable ([UInt8]) -> Void) {
        self.write = write
    }

    /// Writes to an open file. A line that cannot be written is lost, so that logging never stops the service.
    package convenience init(descriptor: Int32) {
        self.init { line in
            var rest = line[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
    }

    package static let standardError = LogOutput(descriptor: STDERR_FILENO)

    package func append(_ line: [UInt8]) {
        lock.withLock { _ in write(line) }
    }
}
