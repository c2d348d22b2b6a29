/// Metadata and keys.
extension SimulatorState {
    func discovery(_ exchange: Exchange, tenant segment: String) throws(IdentityFailure) -> Reply {
        let tenant = try tenant(named: segment)
        let base = exchange.baseURL
        let own = "\(base)/\(tenant.spelling)"
        let region: JSON = if case .directory = tenant { "EU" } else { .null }
        let document: JSON = [
            "token_endpoint": .string("\(own)/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": .string("\(own)/discovery/v2.0/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": .string("\(base)/\(tenant.issuerTenant)/v2.0"),
            "request_uri_parameter_supported": false,
            "userinfo_endpoint": .string("\(base)/oidc/userinfo"),
            "authorization_endpoint": .string("\(own)/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": .string("\(own)/oauth2/v2.0/devicecode"),
            "http_logout_supported": true,
            "frontchannel_logout_supported": true,
            "end_session_endpoint": .string("\(own)/oauth2/v2.0/logout"),
            "claims_supported": [
                "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
                "msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid",
                "ver", "at_hash", "c_hash", "email",
            ],
            "kerberos_endpoint": .string("\(own)/kerberos"),
            "tenant_region_scope": region,
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
            "rbac_url": "https://pas.windows.net",
        ]
        return .json(document).adding("Cache-Control", "max-age=86400, private")
    }

    /// Every key names the issuer it may sign for: any tenant in the shared sets, one tenant in its own set.
    func keySet(_ exchange: Exchange, tenant segment: String) throws(IdentityFailure) -> Reply {
        let tenant = try tenant(named: segment)
        let issuer = "\(exchange.baseURL)/\(tenant.issuerTenant)/v2.0"
        let entries = keys.keys.map { $0.published(issuer: issuer) }
        return Reply.json(["keys": .array(entries)]).adding("Cache-Control", "max-age=86400, private")
    }

    /// `/common/discovery/instance`: the hosts that belong to Microsoft. Client libraries query it for an unknown authority.
    func instanceDiscovery(_ exchange: Exchange) throws(IdentityFailure) -> Reply {
        guard let authorize = exchange.query["authorization_endpoint"] else {
            throw IdentityFailure(900144, "authorization_endpoint")
        }
        let path = authorize.split(separator: "/", omittingEmptySubsequences: true)
        let segment = path.count > 2 ? String(path[2]) : "common"
        let tenant = try tenant(named: segment)
        let host = exchange.baseURL.split(separator: "/").last.map(String.init) ?? "localhost"
        return .json([
            "tenant_discovery_endpoint": .string(
                "\(exchange.baseURL)/\(tenant.spelling)/v2.0/.well-known/openid-configuration"
            ),
            "api-version": "1.1",
            "metadata": [
                ["preferred_network": .string(host), "preferred_cache": .string(host), "aliases": [.string(host)]]
            ],
        ])
    }
}
