import Foundation
import HTTPTypes
import Hummingbird

/// A handler's reply before it becomes an HTTP response, so that faults can still cut or replace it.
struct Reply: Sendable {
    var status: Int
    var headers: [(name: String, value: String)] = []
    var body = Data()

    static func json(_ value: JSON, status: Int = 200, type: String = "application/json; charset=utf-8") -> Reply {
        Reply(status: status, headers: [("Content-Type", type)], body: value.data)
    }

    static func html(_ text: String, status: Int = 200) -> Reply {
        Reply(
            status: status,
            headers: [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store, no-cache")],
            body: Data(text.utf8)
        )
    }

    /// Empty, with a `Content-Length`.
    static func empty(_ status: Int) -> Reply {
        Reply(status: status)
    }

    static func redirect(to location: String) -> Reply {
        Reply(status: 302, headers: [("Location", location), ("Cache-Control", "no-store, no-cache")])
    }

    func adding(_ name: String, _ value: String) -> Reply {
        var reply = self
        reply.headers.append((name, value))
        return reply
    }

    /// The value of `Retry-After`, in seconds.
    var retryAfterSeconds: TimeInterval? {
        headers.first { $0.name == "Retry-After" }.flatMap { TimeInterval($0.value) }
    }

    /// The response, dated `date`.
    func response(at date: Date) -> Response {
        var fields = HTTPFields()
        for header in headers {
            guard let name = HTTPField.Name(header.name) else { continue }
            fields.append(HTTPField(name: name, value: header.value))
        }
        fields[.date] = Timestamp.header(date)
        let bytes = body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        fields[.contentLength] = String(body.count)
        return Response(status: .init(code: status), headers: fields, body: bytes)
    }
}
