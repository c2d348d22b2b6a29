import Dispatch
import Foundation
import Glibc

/// A test server that runs a closure for each connection on its own thread, with control over every byte.
package final class LoopbackServer: Sendable {
    package let port: UInt16
    private let listener: Int32
    private let accepted = TestBox(0)
    private let sockets = TestBox<Set<Int32>>([])

    /// The number of connections accepted so far.
    package var connectionCount: Int { accepted.withLock { $0 } }

    package init(serve: @escaping @Sendable (ServerConnection) -> Void) throws {
        (listener, port) = try Self.listen(backlog: 512)
        let (listener, accepted, sockets) = (listener, accepted, sockets)
        Thread.detachNewThread {
            while true {
                let socket = accept(listener, nil, nil)
                if socket < 0 { return }
                accepted.withLock { $0 += 1 }
                sockets.withLock { _ = $0.insert(socket) }
                Thread.detachNewThread {
                    serve(ServerConnection(socket))
                    sockets.withLock {
                        $0.remove(socket)
                        close(socket)
                    }
                }
            }
        }
    }

    /// Closes the listener and every connection.
    package func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        sockets.withLock { for socket in $0 { shutdown(socket, Int32(SHUT_RDWR)) } }
    }

    /// Returns a listening socket on 127.0.0.1 with a port chosen by the kernel.
    package static func listen(backlog: Int32) throws -> (socket: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && Glibc.listen(listener, backlog) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }
}

/// One accepted connection.
package struct ServerConnection: Sendable {
    package let socket: Int32

    package init(_ socket: Int32) {
        self.socket = socket
    }

    /// Reads one request, head and body; `nil` when the client has closed.
    package func readRequest() -> ReceivedRequest? {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while bytes.suffix(4) != end[...] {
            guard let byte = read(1)?.first else { return nil }
            bytes.append(byte)
        }
        var request = ReceivedRequest(head: String(decoding: bytes, as: UTF8.self), body: [])
        let length = request.header("content-length").flatMap { Int($0) } ?? 0
        while request.body.count < length {
            guard let more = read(length - request.body.count) else { return nil }
            request.body += more
        }
        return request
    }

    package func send(_ text: String) {
        send(Array(text.utf8))
    }

    package func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    socket, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    /// Answers with a body and keeps the connection open.
    package func answer(_ status: String = "200 OK", _ body: String = "", headers: String = "") {
        send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    /// Reads until the client closes the connection.
    package func waitForClose() {
        while read(4096) != nil {}
    }

    private func read(_ count: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: count)
        let received = recv(socket, &buffer, count, 0)
        return received > 0 ? Array(buffer.prefix(received)) : nil
    }
}

/// A request as received by a test server.
package struct ReceivedRequest: Sendable {
    package let head: String
    package var body: [UInt8]

    package var requestLine: String { head.components(separatedBy: "\r\n").first ?? "" }

    package func header(_ name: String) -> String? {
        for line in head.components(separatedBy: "\r\n").dropFirst()
        where line.lowercased().hasPrefix(name.lowercased() + ":") {
            return line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
        }
        return nil
    }
}

/// A value behind a lock that the thread sanitizer understands.
package final class TestBox<Value>: @unchecked Sendable {
    // Invariant: `value` is only touched while `lock` is held.
    private let lock = NSLock()
    private var value: Value

    package init(_ value: Value) {
        self.value = value
    }

    package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }
}
