/// The product's version and its `User-Agent`.
package enum Hearth {
    package static let version = "0.1.0"
    package static let userAgent = "Hearth/\(version)"
}
