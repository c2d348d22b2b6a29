#!/usr/bin/env python3
"""The stock Microsoft library for Python against the simulator over HTTPS.

Completes the code flow with PKCE as a confidential client, refreshes silently, and verifies the id_token against the
published keys with PyJWT (MSAL itself checks neither signature nor issuer nor audience).

Needs: pip install msal 'PyJWT[crypto]' requests
Ends with "N passed, 0 failed" and status 0, or with status 1.
"""

import argparse
import os
import ssl
import sys
from urllib.parse import parse_qsl, urlparse


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", required=True, help="https://localhost:PORT of the simulator")
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--client-secret", required=True)
    parser.add_argument("--redirect-uri", required=True, help="one that the simulator was started with")
    parser.add_argument("--ca-file", required=True, help="PEM of the authority that signed the simulator's certificate")
    return parser.parse_args()


class Checks:
    """Counts what held and what did not."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, condition, sentence, detail=""):
        if condition:
            self.passed += 1
            print(f"ok    {sentence}")
        else:
            self.failed += 1
            print(f"FAIL  {sentence} {detail}".rstrip())
        return bool(condition)


def sign_in(flow, decision="accept"):
    """Follows the consent URL as a script does; gives back the fields of the redirect."""
    import requests

    answer = requests.get(flow["auth_uri"] + "&simulator_decision=" + decision, allow_redirects=False, timeout=20)
    location = answer.headers.get("Location", "")
    if answer.status_code != 302 or not location:
        raise RuntimeError(f"authorize answered {answer.status_code}: {answer.text[:300]}")
    return dict(parse_qsl(urlparse(location).query))


def application(options, **extra):
    import msal

    return msal.ConfidentialClientApplication(
        options.client_id,
        client_credential=options.client_secret,
        authority=options.base_url + "/common",
        instance_discovery=False,
        **extra,
    )


def run(options, checks, address, tenant):
    import jwt

    scopes = ["User.Read", "Mail.ReadWrite", "Mail.Send"]
    app = application(options)
    flow = app.initiate_auth_code_flow(scopes, redirect_uri=options.redirect_uri, login_hint=address)
    checks.that("code_challenge=" in flow["auth_uri"], f"{address}: MSAL asks with PKCE")
    result = app.acquire_token_by_auth_code_flow(flow, sign_in(flow))
    if not checks.that("access_token" in result, f"{address}: MSAL completes the code flow", result):
        return
    claims = result["id_token_claims"]
    if tenant:
        checks.that(claims["tid"] == tenant, f"{address}: the tenant is the consumers'", claims["tid"])

    accounts = app.get_accounts()
    checks.that(len(accounts) == 1, f"{address}: MSAL has one account", accounts)
    checks.that(
        accounts and accounts[0]["home_account_id"] == f"{claims['oid']}.{claims['tid']}",
        f"{address}: client_info names the account",
        accounts,
    )
    silent = app.acquire_token_silent(scopes, account=accounts[0], force_refresh=True)
    checks.that(
        bool(silent) and silent.get("access_token") not in (None, result["access_token"]),
        f"{address}: a silent refresh gives a new access token",
        silent,
    )

    context = ssl.create_default_context(cafile=options.ca_file)
    keys = jwt.PyJWKClient(options.base_url + "/common/discovery/v2.0/keys", ssl_context=context)
    try:
        key = keys.get_signing_key_from_jwt(result["id_token"])
        verified = jwt.decode(
            result["id_token"],
            key.key,
            algorithms=["RS256"],
            audience=options.client_id,
            issuer=f"{options.base_url}/{claims['tid']}/v2.0",
            options={"require": ["exp", "iat", "nbf", "aud", "iss", "sub"]},
        )
        checks.that(verified["tid"] == claims["tid"], f"{address}: PyJWT accepts the id_token by the published keys")
    except Exception as error:
        checks.that(False, f"{address}: PyJWT accepts the id_token by the published keys", repr(error))
    try:
        jwt.decode(result["id_token"], key.key, algorithms=["RS256"], audience="another-application")
        checks.that(False, f"{address}: PyJWT refuses another audience")
    except jwt.InvalidAudienceError:
        checks.that(True, f"{address}: PyJWT refuses another audience")


def refusals(options, checks):
    app = application(options)
    flow = app.initiate_auth_code_flow(["Mail.Send"], redirect_uri=options.redirect_uri, login_hint="no@contoso.test")
    result = app.acquire_token_by_auth_code_flow(flow, sign_in(flow, "cancel"))
    checks.that(result.get("error") == "access_denied", "MSAL passes on a cancelled consent", result)

    flow = app.initiate_auth_code_flow(["Mail.Send"], redirect_uri=options.redirect_uri, login_hint="no@contoso.test")
    answer = sign_in(flow)
    first = app.acquire_token_by_auth_code_flow(flow, answer)
    checks.that("access_token" in first, "MSAL redeems the code of a second flow", first)
    # A fresh application, because MSAL replays a refusal from its own memory.
    again = application(options).acquire_token_by_auth_code_flow(flow, answer)
    checks.that(again.get("error_codes") == [54005], "a code is refused the second time", again)


def main():
    options = arguments()
    options.base_url = options.base_url.rstrip("/")
    # These override what a client passes by itself; without them requests trusts only the system's authorities.
    os.environ["REQUESTS_CA_BUNDLE"] = options.ca_file
    os.environ["CURL_CA_BUNDLE"] = options.ca_file
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        os.environ.pop(name, None)
    checks = Checks()
    try:
        run(options, checks, "msal@contoso.test", None)
        run(options, checks, "msal@outlook.com", "9188040d-6c67-4c5b-b112-36a304b66dad")
        refusals(options, checks)
    except Exception as error:
        checks.that(False, "the flow ran to its end", f"{type(error).__name__}: {error}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 0 if checks.failed == 0 and checks.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
