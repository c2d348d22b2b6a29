import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Calls the addresses of subscribers.
struct WebhookClient: Sendable {
    private let client: HTTPClient
    /// An answer may be no longer; Microsoft only looks for the token in it.
    private static let longestAnswer = 4096

    /// - Parameter authorityFile: a PEM file with certificates to trust in addition to the machine's. Throws if it cannot be
    ///   read.
    init(authorityFile: String?) throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authorityFile {
            tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(authorityFile))]
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        // An address that refuses connections has failed; the queue tries again.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes the connections. Nothing may be sent afterwards.
    func shutdown() {
        client.shutdown { _ in }
    }

    /// The status of the answer; nil if there was none within `milliseconds`.
    func post(_ body: Data, to url: String, within milliseconds: Int) async -> Int? {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json; charset=utf-8")
        request.body = .bytes(body)
        let response = try? await client.execute(request, timeout: .milliseconds(Int64(milliseconds)))
        guard let response else { return nil }
        // Reading the body lets the connection be used again.
        _ = try? await response.body.collect(upTo: Self.longestAnswer)
        return Int(response.status.code)
    }

    /// Asks an address to echo the token. Returns why the answer is not accepted; nil if it is.
    func validate(_ url: String, token: String, within milliseconds: Int) async -> String? {
        let separator = url.contains("?") ? "&" : "?"
        // Microsoft encodes it like a form: a space is a plus sign.
        var request = HTTPClientRequest(url: "\(url)\(separator)validationToken=\(FormFields.encode(token))")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        let prefix = "Subscription validation request failed."
        do {
            let response = try await client.execute(request, timeout: .milliseconds(Int64(milliseconds)))
            let text = String(buffer: try await response.body.collect(upTo: Self.longestAnswer))
            guard response.status == .ok else {
                return "\(prefix) Notification endpoint must respond with 200 OK to validation request."
            }
            let type = response.headers.first(name: "Content-Type")?.lowercased() ?? ""
            guard type.hasPrefix("text/plain"), text == token else {
                return "\(prefix) Must respond with 200 OK and the validation token as text/plain."
            }
            return nil
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout {
            return "Subscription validation request timed out."
        } catch {
            return "\(prefix) Notification endpoint could not be reached."
        }
    }
}
