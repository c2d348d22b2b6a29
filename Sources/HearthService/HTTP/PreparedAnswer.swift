import HTTPTypes
import Hummingbird
import NIOCore

/// An answer that is complete before it is sent, so that it can be kept in the commit of what it tells.
struct PreparedAnswer: Sendable, Equatable {
    let status: HTTPResponse.Status
    var headers: HTTPFields = [:]
    let body: [UInt8]

    var response: Response {
        Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension PreparedAnswer {
    /// Header lines, an empty line, the body: as an HTTP message has them.
    var message: [UInt8] {
        var bytes: [UInt8] = []
        for field in headers { bytes += "\(field.name.rawName): \(field.value)\n".utf8 }
        bytes.append(UInt8(ascii: "\n"))
        return bytes + body
    }

    /// Nil for what `message` cannot have made.
    init?(status: Int, message: [UInt8]) {
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
