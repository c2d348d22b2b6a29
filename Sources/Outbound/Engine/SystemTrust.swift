import CLibCurl

/// Where this build of libcurl finds the system's certificates.
enum SystemTrust {
    /// The folder of hashed certificates.
    static let folder: String = {
        guard let information = ccurl_version(), let path = information.pointee.capath else {
            return "/etc/ssl/certs"
        }
        return String(cString: path)
    }()

    /// Whether there is one file with all of them.
    static let hasFile = ccurl_version()?.pointee.cainfo != nil
}
