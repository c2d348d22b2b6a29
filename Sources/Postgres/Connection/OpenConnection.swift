import CLibPQ

/// Why a connection could not be made, in libpq's words. They may name host, role and database, never a password.
struct ConnectionFailure: Error {
    let reason: String
}

/// Connects, blocking for at most `connect_timeout` per host. Notices are dropped, because libpq would print them.
func openConnection(_ keywords: ConnectionKeywords) throws(ConnectionFailure) -> OpaquePointer {
    let names = CStringArray(keywords.pairs.map(\.name))
    let values = CStringArray(keywords.pairs.map(\.value))
    guard let handle = PQconnectdbParams(names.pointers, values.pointers, 1) else {
        throw ConnectionFailure(reason: "out of memory")
    }
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    guard PQstatus(handle) == CONNECTION_OK else {
        let message = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        PQfinish(handle)
        throw ConnectionFailure(reason: message.split(whereSeparator: \.isNewline).joined(separator: " "))
    }
    return handle
}

/// C strings and a final NULL, as `PQconnectdbParams` expects them.
private final class CStringArray {
    let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() {
            let bytes = Array(string.utf8CString)
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            copy.initialize(from: bytes, count: bytes.count)
            (pointers + index).initialize(to: UnsafePointer(copy))
        }
        (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { pointers[index]?.deallocate() }
        pointers.deallocate()
    }
}
