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
                writer.member(name, value)
            }
        }
        output.append(writer.bytes + [UInt8(ascii: "\n")])
    }

    /// All metadata of an event, sorted by name so that lines are easy to compare.
    private func flattened(_ event: LogEvent) -> [(String, JSONValue)] {
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { _, later in later }
        if let own = event.metadata { all.merge(own) { _, later in later } }
        if let error = event.error { all["error"] = "\(error)" }
        var flat: [String: JSONValue] = [:]
        for (name, value) in all { Self.flatten(value, name: name, into: &flat) }
        return flat.sorted { $0.key < $1.key }.map {
            (Self.reserved.contains($0.key) ? "metadata.\($0.key)" : $0.key, $0.value)
        }
    }

    private static func flatten(_ value: Logger.MetadataValue, name: String, into flat: inout [String: JSONValue]) {
        if case .dictionary(let inner) = value {
            for (key, value) in inner { flatten(value, name: "\(name).\(key)", into: &flat) }
        } else {
            flat[name] = json(value)
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
