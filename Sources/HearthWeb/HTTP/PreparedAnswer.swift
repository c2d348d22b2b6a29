package import HTTPTypes
package import Hummingbird
import NIOCore

/// An answer that is complete before it is sent, so that it can be stored in the same commit as the change it reports.
package struct PreparedAnswer: Sendable, Equatable {
    package let status: HTTPResponse.Status
    package var headers: HTTPFields = [:]
    let body: [UInt8]

    package init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package var response: Response {
        Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension PreparedAnswer {
    /// Header lines, an empty line and the body, as in an HTTP message.
    package var message: [UInt8] {
        var bytes: [UInt8] = []
        for field in headers { bytes += "\(field.name.rawName): \(field.value)\n".utf8 }
        bytes.append(UInt8(ascii: "\n"))
        return bytes + body
    }

    /// Returns nil if `message` cannot have produced the bytes.
    package init?(status: Int, message: [UInt8]) {
        var headers: HTTPFields = [:]
        var rest = message[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            if line.isEmpty {
                self.init(status: .init(code: status), headers: headers, body: Array(rest))
                return
            }
            guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon])) else {
                return nil
            }
            headers.append(HTTPField(name: name, value: String(line[line.index(colon, offsetBy: 2)...])))
        }
        return nil
    }
}
