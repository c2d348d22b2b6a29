import Foundation
import HearthCore
package import HearthWeb
package import Hummingbird

/// `GET /openapi.yaml`: the API contract, as found in the share directory.
package struct OpenAPIDocument: Sendable {
    package let text: String

    package init(directory: String) throws {
        guard let data = FileManager.default.contents(atPath: directory + "/openapi.yaml") else {
            throw SettingsProblem(problems: ["HEARTH_SHARE_DIR names \(directory), which has no openapi.yaml"])
        }
        text = String(decoding: data, as: UTF8.self)
    }

    package func get(_ request: Request, context: AppContext) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/yaml; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
