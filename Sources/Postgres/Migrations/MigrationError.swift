/// Why migrations were not applied. Nothing was changed then, except by `endsTransaction`.
package enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(String)
    case misnamed(String)
    case gap(before: String)
    /// A file that was applied has another text now.
    case changed(MigrationName)
    /// The database has a migration that the files lack, or have elsewhere in the order.
    case unknown(MigrationName)
    /// With libpq's reason, which never has the password.
    case unreachable(String)
    /// The server refused a file, or nil: our own bookkeeping.
    case refused(MigrationName?, ServerError, line: Int?)
    /// A file has COMMIT or ROLLBACK in it. What it committed by itself stays.
    case endsTransaction(MigrationName)

    package var description: String {
        switch self {
        case .unreadable(let path): "cannot read \(path); set HEARTH_SHARE_DIR to the folder that holds migrations/"
        case .misnamed(let name): "\(name) is not named NNNN_name.sql"
        case .gap(let name): "a number is missing before \(name), or is there twice"
        case .changed(let name):
            "\(name) was changed after it had been applied; restore the file and put the change into a new one"
        case .unknown(let name):
            "the database has \(name), which these files do not: this release is older than the database"
        case .unreachable(let reason): "the database cannot be reached: \(reason)"
        case .refused(let name, let error, let line):
            (name.map { "\($0)" } ?? "schema_migrations") + (line.map { ", line \($0)" } ?? "")
                + ": \(error); nothing was applied"
        case .endsTransaction(let name):
            "\(name) ends the transaction that it is run in; take COMMIT and ROLLBACK out of the file"
        }
    }
}

/// A migration by its number and name, printed as its file is called.
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
