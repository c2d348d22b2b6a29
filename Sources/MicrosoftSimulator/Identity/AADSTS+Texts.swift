extension AADSTS {
    /// Errors of the request or the application, which the operator must fix.
    static let requestTexts: [Int: (error: String, text: String)] = [
        28002: (
            "invalid_scope",
            "Provided value for the input parameter scope '%1' isn't valid because it contains more than one resource. "
                + "Scope can only contain one resource when requesting an access token."
        ),
        28003: (
            "invalid_scope",
            "Provided value for the input parameter scope can't be empty when requesting an access token."
        ),
        50011: (
            "invalid_request",
            "The redirect URI '%1' specified in the request does not match the redirect URIs configured for the "
                + "application '%2'. Make sure the redirect URI sent in the request matches one added to your application."
        ),
        50059: (
            "invalid_request",
            "No tenant-identifying information found in either the request or implied by any provided credentials."
        ),
        1_002_012: (
            "invalid_scope",
            "The provided value for scope %1 is not valid. Client credential flows must have a scope value with "
                + "/.default suffixed to the resource identifier (application ID URI)."
        ),
        50147: ("invalid_request", "The size of the code challenge parameter isn't valid."),
        50194: (
            "unauthorized_client",
            "Application '%1' is not configured as a multi-tenant application. Usage of the /common endpoint is not "
                + "supported for such apps."
        ),
        70001: ("unauthorized_client", "The application named '%1' was not found in the tenant."),
        70002: ("invalid_client", "The request failed to validate the client's credentials."),
        70003: ("unsupported_grant_type", "The app requested an unsupported grant type '%1'."),
        70005: ("unsupported_response_type", "The app returned an unsupported response type '%1'."),
        70007: ("invalid_request", "The app returned an unsupported value of 'response_mode' '%1'."),
        70011: (
            "invalid_scope",
            "The provided value for the input parameter 'scope' is not valid. The scope '%1' is not valid. The scope "
                + "format is invalid. Scope must be in a valid URI form or a valid Guid."
        ),
        500112: (
            "invalid_client",
            "The reply address '%1' does not match the reply address '%2' provided when requesting Authorization code."
        ),
        501491: ("invalid_request", "Invalid size of Code_Challenge parameter."),
        700016: (
            "unauthorized_client",
            "Application with identifier '%1' was not found in the directory '%2'. This can happen if the application "
                + "has not been installed by the administrator of the tenant or consented to by any user in the tenant."
        ),
        700022: (
            "invalid_scope", "The provided value for the input parameter 'scope' contains more than one resource."
        ),
        700027: ("invalid_client", "Client assertion failed signature validation."),
        650052: ("invalid_resource", "The app needs access to a service that the organization has not subscribed to."),
        650056: ("invalid_resource", "Misconfigured application."),
        650057: ("invalid_resource", "Invalid resource."),
        700025: ("invalid_client", "Client is public so neither a client assertion nor a secret should be presented."),
        700051: ("unsupported_response_type", "The response_type 'token' is not enabled for the application."),
        700054: ("unsupported_response_type", "The response_type 'id_token' is not enabled for the application."),
        7000215: (
            "invalid_client",
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
                + "not the client secret ID, for a secret added to app '%1'."
        ),
        7000218: (
            "invalid_client",
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
        ),
        7000222: (
            "invalid_client",
            "The provided client secret keys for app '%1' are expired. Visit the Azure portal to create new keys for "
                + "your app, or consider using certificate credentials for added security."
        ),
        90002: (
            "invalid_request",
            "Tenant '%1' not found. Check to make sure you have the correct tenant ID and are signing into the correct "
                + "cloud. Check with your subscription administrator, this may happen if there are no active "
                + "subscriptions for the tenant."
        ),
        90014: ("invalid_request", "The required field '%1' is missing from the credential."),
        90023: ("invalid_request", "Unsupported 'prompt' value: '%1'."),
        900144: ("invalid_request", "The request body must contain the following parameter: '%1'."),
        900561: ("invalid_request", "The endpoint only accepts POST requests. Received a %1 request."),
        900971: ("invalid_request", "No reply address provided."),
        9002313: ("invalid_request", "Invalid request. Request is malformed or invalid."),
        9002332: (
            "unauthorized_client",
            "Application '%1' is configured for use by Microsoft account users only. Please use the /consumers "
                + "endpoint to serve this request."
        ),
    ]

    /// Errors of the account, or of a policy that applies to it.
    static let accountTexts: [Int: (error: String, text: String)] = [
        50005: (
            "interaction_required", "User tried to log in to a device from a platform that's currently not supported."
        ),
        50020: (
            "access_denied",
            "User account '%1' from identity provider does not exist in the tenant and cannot access the application. "
                + "The account needs to be added as an external user in the tenant first."
        ),
        50034: ("invalid_grant", "The user account does not exist in the %1 directory."),
        50053: ("invalid_grant", "The account is locked, you've tried to sign in too many times."),
        50055: ("invalid_grant", "The password is expired."),
        50057: ("invalid_grant", "The user account is disabled."),
        50058: ("login_required", "A silent sign-in request was sent but no user is signed in."),
        50072: ("interaction_required", "User needs to enroll for multi-factor authentication."),
        50074: ("interaction_required", "Strong Authentication is required."),
        50076: (
            "interaction_required",
            "Due to a configuration change made by your administrator, or because you moved to a new location, you "
                + "must use multi-factor authentication to access the resource."
        ),
        50079: ("interaction_required", "You must enroll in multi-factor authentication to access the resource."),
        50105: (
            "access_denied",
            "Your administrator has configured the application %1 to block users unless they are specifically granted "
                + "('assigned') access to the application."
        ),
        50078: ("interaction_required", "Presented multi-factor authentication has expired due to policies."),
        50131: ("interaction_required", "The device is not in the required state for conditional access."),
        50144: ("invalid_grant", "The user's Active Directory password has expired."),
        50158: ("interaction_required", "External security challenge not satisfied."),
        51004: ("invalid_grant", "The user account '%1' does not exist in the %2 directory."),
        500208: ("invalid_request", "The domain is not a valid login domain for the account type."),
        53000: ("interaction_required", "Device is not in required device state: compliant."),
        53001: ("interaction_required", "Device is not in required device state: domain joined."),
        53002: ("interaction_required", "The app used is not an approved app for conditional access."),
        53004: ("interaction_required", "User needs to complete multi-factor authentication registration."),
        530003: ("invalid_grant", "Your device is required to be managed to access this resource."),
        53003: (
            "invalid_grant",
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
        ),
        530032: ("invalid_grant", "The device or user is blocked by the tenant's security policy."),
        53011: ("invalid_grant", "User blocked due to risk on home tenant."),
        90094: ("access_denied", "The grant requires admin permission."),
        90095: (
            "consent_required",
            "Admin consent is required for the permissions requested by this application. An admin consent request may "
                + "be sent to the admin."
        ),
    ]

    /// Errors of a code, a refresh token or a consent.
    static let grantTexts: [Int: (error: String, text: String)] = [
        50089: ("invalid_grant", "Authentication failed due to flow token expired."),
        50132: ("invalid_grant", "The session is not valid due to password expiration or recent password change."),
        50133: ("invalid_grant", "Session is invalid due to expiration or recent password change."),
        50173: (
            "invalid_grant",
            "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have "
                + "changed or reset their password. The grant was issued on '%1' and the TokensValidFrom date (before "
                + "which tokens are not valid) for this user is '%2'."
        ),
        54005: (
            "invalid_grant",
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing "
                + "refresh token."
        ),
        65001: (
            "invalid_grant",
            "The user or administrator has not consented to use the application with ID '%1' named '%2'. Send an "
                + "interactive authorization request for this user and resource."
        ),
        65004: ("access_denied", "User declined to consent to access the app."),
        70000: (
            "invalid_grant",
            "The provided value for the '%1' parameter is not valid. The grant is expired. The user must sign in again."
        ),
        70008: (
            "invalid_grant",
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive "
                + "authorization request for this user and resource."
        ),
        70043: ("invalid_grant", "The refresh token has expired or is invalid due to sign-in frequency checks."),
        501481: (
            "invalid_grant",
            "The Code_Verifier does not match the code_challenge supplied in the authorization request."
        ),
        700005: (
            "invalid_grant", "Provided Authorization Code is intended to use against other tenant, thus rejected."
        ),
        700082: (
            "invalid_grant",
            "The refresh token has expired due to inactivity. The token was issued on %1 and was inactive for "
                + "%2.00:00:00."
        ),
        700084: (
            "invalid_grant", "The refresh token was issued to a single page app, and has a fixed, limited lifetime."
        ),
        7000112: ("invalid_grant", "Application '%1' (%2) is disabled."),
    ]

    /// Transient faults at Microsoft.
    static let serviceTexts: [Int: (error: String, text: String)] = [
        50000: ("server_error", "There was an issue signing you in. Please try again."),
        40010: ("temporarily_unavailable", "The service is temporarily unavailable. Please retry later."),
        50033: ("temporarily_unavailable", "A transient error has occurred. Please try again."),
        50087: ("temporarily_unavailable", "A transient error has occurred during strong authentication."),
        50088: ("temporarily_unavailable", "A transient error has occurred: the telephone call limit was reached."),
        50196: (
            "invalid_grant",
            "The server terminated an operation because it encountered a client request loop. Contact your app vendor."
        ),
        70012: ("server_error", "A server error occurred while authenticating a personal account."),
        80014: ("temporarily_unavailable", "The validation request responded after the maximum elapsed time."),
        90006: ("server_error", "The service is temporarily unavailable. Please retry later."),
        90012: ("temporarily_unavailable", "The request to the service timed out."),
        90024: ("temporarily_unavailable", "The request budget was exceeded. A transient error has occurred."),
        90033: ("temporarily_unavailable", "A transient error has occurred. Please try again."),
        90055: ("temporarily_unavailable", "The tenant is throttled because there are too many incoming requests."),
        90090: ("server_error", "The service failed to process the request."),
    ]
}
