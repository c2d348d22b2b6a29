import CLibCurl
import Glibc

/// A thread with a name, without signals, that can be joined.
struct EngineThread: @unchecked Sendable {
    // Invariant: `identifier` is a number that any thread may join, once.
    private let identifier: pthread_t

    /// - Returns: `nil` if the system has no thread to spare.
    init?(name: String, _ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var identifier = pthread_t()
        let status = pthread_create(
            &identifier, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Start>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            return nil
        }
        self.identifier = identifier
    }

    func join() {
        pthread_join(identifier, nil)
    }

    /// Lets the thread end unobserved.
    func detach() {
        pthread_detach(identifier)
    }

    /// Names the calling thread, and through inheritance the threads that it creates (Linux: clone(2)).
    static func renameCurrent(_ name: String) {
        ccurl_name_thread(name)
    }

    private final class Start: Sendable {
        private let name: String
        private let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        func run() {
            // Process signals are for other threads. SIGPIPE must be blocked because OpenSSL writes with write(2) and
            // CURLOPT_NOSIGNAL keeps libcurl from ignoring it.
            var signals = sigset_t()
            sigfillset(&signals)
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            EngineThread.renameCurrent(name)
            body()
        }
    }
}
