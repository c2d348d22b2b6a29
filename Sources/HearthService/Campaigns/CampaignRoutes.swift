import HTTPTypes
import HearthRules
import Hummingbird
import NIOCore
import Postgres
import StrictJSON

/// Campaigns as partners read them.
struct CampaignRoutes {
    let database: Database

    private static let pageSize = 500

    /// Everything, in pages by key, streamed: memory stays bounded however many there are.
    ///
    /// The envelope's other members come first and `data` last. A failure midway breaks the connection, so that a
    /// truncated list cannot be taken for a whole one.
    func list(_ request: Request, context: TenantContext) async throws -> Response {
        let tenant = context.tenantID
        // The first page is read before the answer begins, so that a database at fault is a clear error.
        let firstPage = try await page(of: tenant, after: 0)
        let body = ResponseBody { writer in
            var head = Envelope.head(code: "CAMPAIGNS_FETCHED", message: "Campaigns fetched")
            head += Array("[".utf8)
            try await writer.write(ByteBuffer(bytes: head))
            var page = firstPage
            var isFirst = true
            while !page.isEmpty {
                var bytes: [UInt8] = []
                for campaign in page {
                    if !isFirst { bytes.append(UInt8(ascii: ",")) }
                    isFirst = false
                    var json = JSONWriter()
                    campaign.write(to: &json)
                    bytes += json.bytes
                }
                try await writer.write(ByteBuffer(bytes: bytes))
                guard page.count == Self.pageSize, let last = page.last else { break }
                page = try await self.page(of: tenant, after: last.id)
            }
            try await writer.write(ByteBuffer(string: "]}"))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/json; charset=utf-8"], body: body)
    }

    private func page(of tenant: Int64, after id: Int64) async throws -> [Campaign] {
        try await database.read(
            """
            SELECT \(unescaped: Campaign.columns) FROM campaigns c
            WHERE c.tenant_id = \(tenant) AND c.campaign_id > \(id) AND c.status <> 'deleted'
            ORDER BY c.campaign_id LIMIT \(Self.pageSize)
            """
        ).map(Campaign.init)
    }

    func get(_ request: Request, context: TenantContext) async throws -> Response {
        let campaign = try await CampaignStore(database: database).find(try context.campaignID(), of: context.tenantID)
        return Envelope.response(
            code: "CAMPAIGN_FETCHED", message: "Campaign fetched", headers: [.eTag: campaign.settingsTag.text]
        ) { campaign.write(to: &$0) }
    }
}

extension TenantContext {
    /// The path's campaign id. What is not a number is as unknown as an id of nobody's.
    func campaignID() throws(APIError) -> Int64 {
        guard let id = parameters.get("id").flatMap({ Int64($0) }), id > 0 else { throw .campaignNotFound }
        return id
    }
}

extension APIError {
    /// One answer for unknown, foreign and deleted campaigns, given before anything else is looked at. Contract 1.6.
    static let campaignNotFound = APIError(
        .forbidden, code: "CAMPAIGN_NOT_FOUND",
        message: "There is no such campaign for this API key. List yours with GET /api/v1/campaigns.")
}
