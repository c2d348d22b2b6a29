import Foundation

/// One file `NNNN_name.sql`.
struct MigrationFile: Sendable, Equatable {
    let number: Int
    let name: String
    let text: String

    var id: MigrationName { MigrationName(number: number, name: name) }

    /// Returns the files of a directory in order, numbered from 1 without gaps.
    static func all(in directory: String) throws(MigrationError) -> [MigrationFile] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw .unreadable(directory)
        }
        var files: [MigrationFile] = []
        for name in names.filter({ $0.hasSuffix(".sql") }).sorted() {
            let digits = name.prefix { $0.isASCII && $0.isNumber }
            guard digits.count == 4, let number = Int(digits), name.dropFirst(4).first == "_" else {
                throw .misnamed(name)
            }
            guard number == files.count + 1 else { throw .gap(before: name) }
            guard let data = FileManager.default.contents(atPath: directory + "/" + name),
                let text = String(data: data, encoding: .utf8)
            else { throw .unreadable(directory + "/" + name) }
            files.append(MigrationFile(number: number, name: String(name.dropFirst(5).dropLast(4)), text: text))
        }
        return files
    }
}
