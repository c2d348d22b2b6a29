/// The product's name and version, as others see them.
package enum Hearth {
    package static let version = "0.1.0"
    package static let userAgent = "Hearth/\(version)"
}
