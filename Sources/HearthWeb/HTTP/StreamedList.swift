package import Hummingbird
import NIOCore
package import StrictJSON

/// An answer whose `data` is a long list, read and sent in slices, so that memory stays bounded whatever the size of the
/// list.
///
/// The envelope's other members come first. A failure midway breaks the connection, so that a truncated list cannot be
/// mistaken for a complete one. The first slice is read before the answer begins, so that a database failure causes a
/// proper error.
package struct StreamedList<Element: Sendable>: Sendable {
    /// The envelope before the value of `data`.
    package let head: [UInt8]
    package let first: [Element]
    /// Returns the slice after a non-empty one, given the number of elements sent so far; empty at the end.
    package let next: @Sendable (_ slice: [Element], _ sent: Int) async throws -> [Element]
    package let write: @Sendable (Element, inout JSONWriter) -> Void
    /// Returns the text after the list's closing bracket, given its last element.
    package var tail: @Sendable (Element?) -> String = { _ in "}" }

    package init(
        head: [UInt8], first: [Element],
        next: @escaping @Sendable (_ slice: [Element], _ sent: Int) async throws -> [Element],
        write: @escaping @Sendable (Element, inout JSONWriter) -> Void,
        tail: @escaping @Sendable (Element?) -> String = { _ in "}" }
    ) {
        self.head = head
        self.first = first
        self.next = next
        self.write = write
        self.tail = tail
    }

    package var response: Response {
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(bytes: head + [UInt8(ascii: "[")]))
            var slice = first
            var last: Element?
            var sent = 0
            while let end = slice.last {
                try await writer.write(ByteBuffer(bytes: bytes(of: slice, isFirst: sent == 0)))
                last = end
                sent += slice.count
                slice = try await next(slice, sent)
            }
            try await writer.write(ByteBuffer(string: "]" + tail(last)))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: Envelope.contentType], body: body)
    }

    private func bytes(of slice: [Element], isFirst: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, element) in slice.enumerated() {
            if index > 0 || !isFirst { bytes.append(UInt8(ascii: ",")) }
            var json = JSONWriter()
            write(element, &json)
            bytes += json.bytes
        }
        return bytes
    }
}
