import HearthWeb

extension PageRequest {
    /// A page of one of the console's lists, the newest first.
    ///
    /// - Parameter id: the last one of the previous page.
    init(newestOf list: PageCursor.List, before id: Int64?) {
        self.init(of: list, order: .newestFirst, after: id, limit: 50)
    }
}
