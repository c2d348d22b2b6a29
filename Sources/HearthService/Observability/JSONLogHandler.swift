package import FoundationEssentials
package import Logging
import StrictJSON

/// Writes every log event as one JSON object on one line.
///
/// The members `time`, `level`, `logger` and `message` come first, then the metadata, whose names are dotted
/// (`request.id`); a nested dictionary is flattened into such names. Later metadata wins over earlier: the event's over the
/// logger's over the provider's.
package struct JSONLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let output: LogOutput
    private let now: @Sendable () -> Date

    /// The names that metadata cannot take; such metadata is written with `metadata.` before its name.
    private static let reserved: Set<String> = ["time", "level", "logger", "message"]

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
            for (name, value) in flattened(event) {
                Self.write(name, value, to: &writer)
            }
        }
        output.append(writer.bytes + [UInt8(ascii: "\n")])
    }

    /// All metadata of an event, sorted by name so that lines are easy to compare; of a name that comes twice, the later.
    private func flattened(_ event: LogEvent) -> [(String, Logger.MetadataValue)] {
        var flat: [(String, Logger.MetadataValue)] = []
        flat.reserveCapacity(metadata.count + (event.metadata?.count ?? 0) + 1)
        for (name, value) in metadataProvider?.get() ?? [:] { Self.flatten(value, name: name, into: &flat) }
        for (name, value) in metadata { Self.flatten(value, name: name, into: &flat) }
        for (name, value) in event.metadata ?? [:] { Self.flatten(value, name: name, into: &flat) }
        if let error = event.error { flat.append(("error", "\(error)")) }
        let sorted = flat.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element)
        return sorted.indices.filter { $0 + 1 == sorted.count || sorted[$0].0 != sorted[$0 + 1].0 }.map { sorted[$0] }
    }

    private static func flatten(
        _ value: Logger.MetadataValue, name: String, into flat: inout [(String, Logger.MetadataValue)]
    ) {
        if case .dictionary(let inner) = value {
            for (key, value) in inner { flatten(value, name: "\(name).\(key)", into: &flat) }
        } else {
            flat.append((name, value))
        }
    }

    private static func write(_ name: String, _ value: Logger.MetadataValue, to writer: inout JSONWriter) {
        let name = reserved.contains(name) ? "metadata.\(name)" : name
        switch value {
        case .string(let text): writer.member(name, text)
        // Most numbers are of this type; asking for any integer costs a hundred times as much.
        case .stringConvertible(let value as Int): writer.member(name, value)
        default: writer.member(name, json(value))
        }
    }

    /// Numbers and truth values stay what they are; everything else is text.
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
