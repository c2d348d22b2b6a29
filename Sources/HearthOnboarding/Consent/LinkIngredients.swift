package import Foundation
package import HearthCore

/// The dependencies needed to create a link.
package protocol LinkIngredients: Sendable {
    var settings: Settings { get }
    var ids: IDSource { get }
    var keyRing: KeyRing { get }
    var randomBytes: @Sendable (Int) -> [UInt8] { get }
    var now: @Sendable () -> Date { get }
}

extension Dependencies: LinkIngredients {}
