import Foundation

@testable import Postgres

/// A libpq URI that names two hosts.
enum SeveralHosts {
    /// Port 1 of the loopback, where nothing listens, and then the host of `uri`.
    static func uri(deadHostBefore uri: String) -> String? {
        func value(_ keyword: String) -> String? { ConnectionKeywords.value(of: keyword, in: uri) }
        guard let host = value("host") ?? value("hostaddr"), let name = value("dbname") else { return nil }
        var components = URLComponents()
        components.scheme = "postgresql"
        components.host = ""
        components.path = "/" + name
        components.queryItems = [
            URLQueryItem(name: "host", value: "127.0.0.1," + host),
            URLQueryItem(name: "port", value: "1," + (value("port") ?? "5432")),
        ]
        for keyword in ["user", "password"] {
            if let value = value(keyword) { components.queryItems?.append(URLQueryItem(name: keyword, value: value)) }
        }
        return components.string
    }
}
