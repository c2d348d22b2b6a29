import Foundation
import Hummingbird

/// `GET /openapi.yaml`: the contract itself, as it is in the share directory.
struct OpenAPIDocument: Sendable {
    let text: String

    init(directory: String) throws {
        guard let data = FileManager.default.contents(atPath: directory + "/openapi.yaml") else {
            throw SettingsProblem(problems: ["HEARTH_SHARE_DIR names \(directory), which has no openapi.yaml"])
        }
        text = String(decoding: data, as: UTF8.self)
    }

    func get(_ request: Request, context: AppContext) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/yaml; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
