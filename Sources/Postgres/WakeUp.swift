import Glibc

/// A pipe that makes a thread's `poll` return.
///
/// The descriptors never change; a byte in the pipe means "check again". Without a pipe, because no descriptor was free, the
/// thread checks again only when its own timeout ends.
final class WakeUp: Sendable {
    let descriptor: Int32
    private let input: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) != 0 { ends = [-1, -1] }
        for end in ends where end >= 0 {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        input = ends[1]
    }

    deinit {
        close(descriptor)
        close(input)
    }

    func raise() {
        var byte: UInt8 = 1
        _ = write(input, &byte, 1)
    }
}
