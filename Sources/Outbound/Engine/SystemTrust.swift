import CLibCurl

/// The certificates that a transfer trusts: the system's, plus those in a file of our own.
struct SystemTrust: Sendable {
    /// A file of PEM certificates; nil if there is none.
    let ownFile: String?
    /// A folder of hashed certificates to use instead of the system's; nil for the system's own.
    var folder: String?

    /// libcurl caches a loaded store only if it comes from a single file, and reading the system's takes milliseconds. With a
    /// file of our own, the system's certificates come from its hashed folder instead, loaded one by one when needed.
    func set(_ options: inout CurlOptions) {
        if let ownFile {
            options.set(CURLOPT_CAINFO, ownFile)
            options.set(CURLOPT_CAPATH, folder ?? Self.systemFolder)
        } else if let folder {
            options.setNull(CURLOPT_CAINFO)
            options.set(CURLOPT_CAPATH, folder)
        } else if Self.hasSystemFile {
            options.setNull(CURLOPT_CAPATH)
        }
    }

    /// The folder in which this build of libcurl finds the system's hashed certificates.
    static let systemFolder: String = {
        guard let information = ccurl_version(), let path = information.pointee.capath else {
            return "/etc/ssl/certs"
        }
        return String(cString: path)
    }()

    /// Whether the system has a single file with all of them.
    private static let hasSystemFile = ccurl_version()?.pointee.cainfo != nil
}
