import CResolv
import Foundation

/// Looks up names with the C library's resolver, using its configuration and retries, and TCP for truncated answers.
///
/// A lookup blocks, so it runs on one of the resolver's own threads rather than on a task's.
package final class DNSResolver: Sendable {
    /// A name server to ask instead of those in `/etc/resolv.conf`; IPv4 only.
    package struct Server: Sendable, Equatable {
        package let address: UInt32
        package let port: UInt16

        /// Parses `192.0.2.53` or `192.0.2.53:5353`.
        package init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let port = parts.count == 2 ? UInt16(parts[1]) : 53, port > 0 else {
                return nil
            }
            let octets = parts[0].split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
            guard octets.count == 4, !octets.contains(nil) else { return nil }
            address = octets.reduce(0) { $0 << 8 | UInt32($1 ?? 0) }
            self.port = port
        }
    }

    private let server: Server?
    private let threads = OperationQueue()

    /// The timeout of one query in seconds, and the number of attempts.
    private static let patience: (seconds: Int32, attempts: Int32) = (2, 2)

    /// - Parameter concurrency: the maximum number of concurrent lookups; others wait.
    package init(server: Server? = nil, concurrency: Int = 8) {
        self.server = server
        threads.maxConcurrentOperationCount = concurrency
        threads.name = "dns"
    }

    /// The texts of `TXT` records, each with its strings joined (RFC 7208, section 3.3).
    package func texts(of name: String) async throws(DNSFailure) -> [String] {
        try await records(of: name, type: ns_t_txt).compactMap(\.text)
    }

    /// The hosts of `MX` records, most preferred first.
    package func mailExchangers(of name: String) async throws(DNSFailure) -> [MailExchanger] {
        try await records(of: name, type: ns_t_mx).compactMap(\.mailExchanger).sorted { $0.preference < $1.preference }
    }

    /// The addresses of `A` records, four bytes each.
    package func v4Addresses(of name: String) async throws(DNSFailure) -> [[UInt8]] {
        try await records(of: name, type: ns_t_a).compactMap(\.address).filter { $0.count == 4 }
    }

    /// The addresses of `AAAA` records, sixteen bytes each.
    package func v6Addresses(of name: String) async throws(DNSFailure) -> [[UInt8]] {
        try await records(of: name, type: ns_t_aaaa).compactMap(\.address).filter { $0.count == 16 }
    }

    private func records(of name: String, type: ns_type) async throws(DNSFailure) -> [DNSRecord] {
        let result: Result<[DNSRecord], DNSFailure> = await withCheckedContinuation { continuation in
            threads.addOperation { continuation.resume(returning: self.lookUp(name, type)) }
        }
        return try result.get()
    }

    private func lookUp(_ name: String, _ type: ns_type) -> Result<[DNSRecord], DNSFailure> {
        var state = resolver_state()
        guard resolver_open(&state) == 0 else { return .failure(.unconfigured) }
        defer { resolver_close(&state) }
        state.retrans = Self.patience.seconds
        state.retry = Self.patience.attempts
        if let server {
            state.nscount = 1
            state.nsaddr_list.0 = sockaddr_in(
                sin_family: sa_family_t(AF_INET), sin_port: server.port.bigEndian,
                sin_addr: in_addr(s_addr: server.address.bigEndian), sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
        }
        var answer = [UInt8](repeating: 0, count: 65_535)
        // An absolute name, so that the host's search list is not used.
        let length = resolver_query(&state, name + ".", Int32(type.rawValue), &answer, Int32(answer.count))
        guard length < 0 else { return DNSRecord.all(in: Array(answer.prefix(Int(length)))) }
        return switch resolver_error(&state) {
        case HOST_NOT_FOUND, NO_DATA: .success([])
        default: .failure(.unanswered)
        }
    }
}

/// Why a name could not be looked up. A name that does not exist is not a failure; its answer is empty.
package enum DNSFailure: Error, Sendable {
    /// The host has no resolver configuration.
    case unconfigured
    /// No server answered, or only with a server error.
    case unanswered
    /// The answer could not be parsed.
    case malformed
}
