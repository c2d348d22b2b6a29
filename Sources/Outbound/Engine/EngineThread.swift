import CLibCurl
import Glibc

/// A joinable thread with a name, which handles no signals.
struct EngineThread: @unchecked Sendable {
    // Invariant: `identifier` may be joined once, from any thread.
    private let identifier: pthread_t

    /// - Returns: nil if the system cannot create another thread.
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

    /// Lets the thread end without being joined.
    func detach() {
        pthread_detach(identifier)
    }

    /// Names the calling thread and, through inheritance, the threads that it creates (Linux: clone(2)).
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
            // Other threads handle the process's signals. SIGPIPE must be blocked because OpenSSL writes with write(2) and
            // CURLOPT_NOSIGNAL keeps libcurl from ignoring it.
            var signals = sigset_t()
            sigfillset(&signals)
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            EngineThread.renameCurrent(name)
            body()
        }
    }
}
