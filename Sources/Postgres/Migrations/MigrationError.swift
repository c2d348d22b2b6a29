/// Why migrations were not applied. Nothing was changed, except in the case of `endsTransaction`.
package enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(String)
    case misnamed(String)
    case gap(before: String)
    /// The text of an applied file has changed.
    case changed(MigrationName)
    /// The database has a migration that is missing from the files, or is at another position there.
    case unknown(MigrationName)
    /// With libpq's message, which never contains the password.
    case unreachable(String)
    /// The server rejected a file, or our own bookkeeping if the name is nil.
    case refused(MigrationName?, ServerError, line: Int?)
    /// A file contains COMMIT or ROLLBACK. What it committed stays.
    case endsTransaction(MigrationName)

    package var description: String {
        switch self {
        case .unreadable(let path): "cannot read \(path); set HEARTH_SHARE_DIR to the folder that holds migrations/"
        case .misnamed(let name): "\(name) is not named NNNN_name.sql"
        case .gap(let name): "a number is missing before \(name), or is used twice"
        case .changed(let name):
            "\(name) was changed after it had been applied; restore the file and put the change into a new one"
        case .unknown(let name):
            "the database has \(name), which these files do not: this release is older than the database"
        case .unreachable(let reason): "the database cannot be reached: \(reason)"
        case .refused(let name, let error, let line):
            (name.map { "\($0)" } ?? "schema_migrations") + (line.map { ", line \($0)" } ?? "")
                + ": \(error); nothing was applied"
        case .endsTransaction(let name):
            "\(name) ends the transaction that it runs in; remove COMMIT and ROLLBACK from the file"
        }
    }
}

/// A migration's number and name, printed like its file name.
package struct MigrationName: Sendable, Equatable, CustomStringConvertible {
    package let number: Int
    package let name: String

    package init(number: Int, name: String) {
        self.number = number
        self.name = name
    }

    package var description: String {
        String(repeating: "0", count: max(0, 4 - String(number).count)) + "\(number)_\(name)"
    }
}
