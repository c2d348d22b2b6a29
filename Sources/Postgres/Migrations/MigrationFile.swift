import Foundation

/// One file `NNNN_name.sql`.
package struct MigrationFile: Sendable, Equatable {
    package let number: Int
    package let name: String
    let text: String

    /// The files of a directory in order, numbered from 1 without a gap.
    static func all(in directory: String) throws -> [MigrationFile] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sql") }
                .sorted()
        } catch {
            throw MigrationError.unreadable(directory)
        }
        return try names.enumerated().map { index, name in
            guard let number = Int(name.prefix { $0 != "_" }), name.prefix(5).count == 5, name.prefix(5).last == "_"
            else {
                throw MigrationError.misnamed(name)
            }
            guard number == index + 1 else { throw MigrationError.gap(before: name) }
            guard let data = FileManager.default.contents(atPath: directory + "/" + name) else {
                throw MigrationError.unreadable(name)
            }
            return MigrationFile(
                number: number, name: String(name.dropFirst(5).dropLast(4)), text: String(decoding: data, as: UTF8.self)
            )
        }
    }
}

/// Why migrations were not applied. Nothing was changed then.
package enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(String)
    case misnamed(String)
    case gap(before: String)
    /// A file that was applied has another text now.
    case changed(MigrationName)
    /// The database has a migration that the files lack.
    case unknown(MigrationName)
    case unreachable
    case refused(MigrationName?, ServerError)

    package var description: String {
        switch self {
        case .unreadable(let path): "cannot read \(path); set HEARTH_SHARE_DIR to the folder that holds migrations/"
        case .misnamed(let name): "\(name) is not named NNNN_name.sql"
        case .gap(let name): "a number is missing before \(name)"
        case .changed(let name):
            "\(name) was changed after it had been applied; restore the file and put the change into a new one"
        case .unknown(let name):
            "the database has \(name), which these files do not: this release is older than the database"
        case .unreachable: "the database cannot be reached"
        case .refused(let name, let error): "\(name.map { "\($0): " } ?? "")\(error); nothing was applied"
        }
    }
}

package struct MigrationName: Sendable, Equatable, CustomStringConvertible {
    package let number: Int
    package let name: String

    package var description: String {
        "\(String(repeating: "0", count: max(0, 4 - String(number).count)))\(number)_\(name)"
    }
}
