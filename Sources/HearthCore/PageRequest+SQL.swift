package import HearthWeb
package import Postgres

/// Parts of the statement that reads a page.
extension PageRequest {
    /// The condition for elements after the previous page.
    ///
    /// - Parameter id: the column that the list is ordered by; its values are positive.
    package func follows(_ id: String) -> SQL {
        switch order {
        case .oldestFirst: "\(unescaped: id) > \(after ?? 0)"
        case .newestFirst: "\(unescaped: id) < \(after ?? .max)"
        }
    }

    /// The order, and one element more than the page has, to find out whether another page follows.
    package func ordered(by id: String) -> SQL {
        "ORDER BY \(unescaped: id) \(unescaped: order == .newestFirst ? "DESC" : "ASC") LIMIT \(limit + 1)"
    }
}
