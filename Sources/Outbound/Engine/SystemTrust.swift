import CLibCurl

/// Which certificates a transfer trusts: the system's, and those of a file of our own beside them.
struct SystemTrust: Sendable {
    /// Of PEM certificates; nil where there are none of our own.
    let ownFile: String?
    /// A folder of hashed certificates that stands for the system's; nil for the system's own.
    var folder: String?

    /// libcurl keeps a loaded store only when it comes from a single file, and reading the system's takes milliseconds.
    /// With a file of our own the system's certificates come from its hashed folder instead, one by one when needed.
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

    /// Where this build of libcurl finds the system's certificates, each under its hash.
    static let systemFolder: String = {
        guard let information = ccurl_version(), let path = information.pointee.capath else {
            return "/etc/ssl/certs"
        }
        return String(cString: path)
    }()

    /// Whether there is one file with all of them.
    private static let hasSystemFile = ccurl_version()?.pointee.cainfo != nil
}
