import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// A client socket that sends exactly the given bytes, as slowly as a test wants.
///
/// Calls block, so they run on separate threads, outside the concurrency pool.
final class RawConnection: Sendable {
    struct Failure: Error {
        let call: String
        let code: Int32
    }

    private let descriptor: Int32

    /// Connects over the loopback interface.
    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr = in_addr(s_addr: in_addr_t(0x7F00_0001).bigEndian)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(call: "connect", code: errno) }
        // Ends a test that would hang because of a mistake.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    /// Sends a whole text.
    func write(_ text: String) async throws {
        try await onThread { [self] in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { throw Failure(call: "send", code: errno) }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Shuts down the sending side.
    func finishWriting() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Reads until the server closes the connection; a reset counts as closed.
    func readToEnd() async throws -> String {
        try await onThread { [self] in
            var bytes: [UInt8] = []
            while let part = try readPart() { bytes += part }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Reads until the received bytes contain a text.
    func read(until text: String) async throws -> String {
        try await onThread { [self] in
            var bytes: [UInt8] = []
            while let part = try readPart() {
                bytes += part
                if String(decoding: bytes, as: UTF8.self).contains(text) { break }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func readPart() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count == 0 || (count < 0 && errno == ECONNRESET) { return nil }
        guard count > 0 else { throw Failure(call: "recv", code: errno) }
        return Array(buffer[..<count])
    }

    private func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Swift.Result { try work() }) }.start()
        }
    }
}
