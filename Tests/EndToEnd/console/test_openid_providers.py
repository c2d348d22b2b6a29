"""Hostile, broken and unusual OpenID providers: what they may do, and what they can never do."""

import itertools

import pytest

from openid_provider import Provider
from openid_visitor import begin, client, members_of, refused
from stack import wait_until

ADA = {"sub": "s-ada", "email": "ada@corp.example", "email_verified": True}
addresses = (f"198.51.100.{number}" for number in itertools.count(10))


@pytest.fixture
def provider():
    provider = Provider()
    provider.person = dict(ADA)
    yield provider
    provider.close()


@pytest.fixture
def partner(stack, provider, tmp_path):
    return members_of(stack, provider, tmp_path)


NESTED = '{{claims},"x":' + "[" * 2_000 + "]" * 2_000 + "}"


@pytest.mark.parametrize(
    "bend",
    [
        *({"claims": claims} for claims in ({"aud": []}, {"aud": [1]}, {"aud": {}}, {"exp": -1}, {"exp": 9223372036854775807}, {"exp": "1"})),
        *({"payload": payload} for payload in (
            '{{claims},"aud":"console-client"}', '{{claims},"nbf":1e400}', '{{claims},"nbf":1e308}', '{{claims},"exp":9223372036854775808}',
            NESTED, '{{claims},"x":"\\u0000"}', "{{claims}} x", "[]", "", "{", '"x"')),
        *({"header": header} for header in (
            '{"alg":"RS256","kid":"k1","crit":["exp"]}', '{"alg":"RS256","kid":"k1","crit":[]}', '{"alg":"none","alg":"RS256","kid":"k1"}',
            '{"alg":"RS256","kid":["k1"]}', "[]", "", "{" * 2_000)),
    ],
    ids=lambda bend: str(bend)[:60],
)
def test_no_token_ends_more_than_its_own_sign_in(stack, provider, partner, bend):
    process = stack.processes["hearth"]
    http, back = begin(stack, partner)
    provider.bend = bend
    page = http.get(back)
    refused(page, 502)
    assert "Your organisation&#39;s sign-in is not working at the moment" in page.text and 'id="again"' in page.text
    assert process.poll() is None and partner.call("GET", "/campaigns").status_code == 200
    # The next sign-in works, as does everything else.
    provider.bend = {}
    assert http.get(begin(stack, partner, http)[1]).status_code == 200


@pytest.mark.parametrize("metadata", [
    {"issuer": "http://127.0.0.1:1"}, {"token_endpoint": None}, {"jwks_uri": "file:///etc/passwd"}, {"authorization_endpoint": "javascript:x"},
    {"userinfo_endpoint": 7}, {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, {"token_endpoint_auth_methods_supported": "x"},
    {"id_token_signing_alg_values_supported": ["HS256", "none"]}, {"id_token_signing_alg_values_supported": [1]},
], ids=str)
def test_metadata_that_cannot_be_used(stack, provider, partner, metadata):
    provider.bend = {"metadata": metadata}
    refused(client(stack).get(f"/console/sign-in/organisation?account={partner.tenant}"), 502)


@pytest.mark.parametrize("metadata", [
    {}, {"token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"]},
    {"token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"]},
], ids=str)
def test_ways_of_authentication(stack, provider, partner, metadata):
    provider.bend = {"metadata": metadata}
    http, back = begin(stack, partner)
    assert http.get(back).status_code == 200


@pytest.mark.parametrize("algorithm", ["PS256", "ES256", "EdDSA"])
def test_algorithms(stack, provider, partner, algorithm):
    provider.bend = {"algorithm": algorithm, "metadata": {"id_token_signing_alg_values_supported": ["RS256", algorithm]}}
    http, back = begin(stack, partner)
    assert http.get(back).status_code == 200


def test_an_algorithm_that_the_metadata_does_not_name(stack, provider, partner):
    http, back = begin(stack, partner)
    provider.bend = {"algorithm": "ES256"}
    refused(http.get(back), 502)


# Verification of the address


@pytest.mark.parametrize("verified", [None, False, "false", "no", 0, 2, [True]], ids=str)
def test_an_address_that_nobody_verified_binds_nobody(stack, provider, partner, verified):
    provider.bend = {"claims": {"email_verified": verified}}
    http, back = begin(stack, partner)
    page = http.get(back)
    refused(page, 403)
    assert "does not confirm your e-mail address" in page.text and ">s-ada<" in page.text
    assert stack.rows("SELECT 1 FROM console_members WHERE tenant_id = %s AND subject IS NOT NULL", partner.tenant) == []
    # A verified address is accepted.
    provider.bend = {}
    assert http.get(begin(stack, partner, http)[1]).status_code == 200


@pytest.mark.parametrize("verified", [True, "true", "True", 1, "1"], ids=repr)
def test_ways_to_say_that_an_address_is_verified(stack, provider, partner, verified):
    provider.bend = {"claims": {"email_verified": verified}}
    http, back = begin(stack, partner)
    assert http.get(back).status_code == 200


def test_a_user_name_binds_nobody(stack, provider, partner):
    provider.person = {"sub": "s-eve", "preferred_username": "ada@corp.example", "email_verified": True}
    http, back = begin(stack, partner)
    page = http.get(back)
    refused(page, 403)
    assert "does not send your e-mail address" in page.text


def test_a_member_by_subject(stack, provider, partner):
    """As with Entra ID, which does not verify addresses: the page shows the subject, and the operator adds it."""
    provider.person = {"sub": "AAA-<b>", "email": "ada@corp.example"}
    http, back = begin(stack, partner)
    page = http.get(back)
    refused(page, 403)
    assert "AAA-&lt;b&gt;" in page.text
    add = ["member", "add", "--tenant", partner.tenant, "--role", "administrator", "--subject", "AAA-<b>"]
    assert stack.cli(*add, "--email", "ada@corp.example")["subject"] == "AAA-<b>"
    assert http.get(begin(stack, partner, http)[1]).status_code == 200
    done = stack.cli(*add, "--email", "max@corp.example", check=False)
    assert done.returncode == 1 and "another member" in done.stderr
    # The role changes, and the subject stays.
    stack.cli("member", "add", "--tenant", partner.tenant, "--role", "manager", "--email", "ada@corp.example")
    assert http.get("/console/campaigns").status_code == 200 and http.get("/console/keys").status_code == 403


def test_an_address_at_the_userinfo_endpoint(stack, provider, partner):
    provider.person = {"sub": "s-ada"}
    provider.bend = {"userinfo": dict(ADA)}
    http, back = begin(stack, partner)
    assert http.get(back).status_code == 200
    assert "/userinfo" in provider.calls
    # Once bound, the address is not needed any more.
    provider.calls.clear()
    assert http.get(begin(stack, partner, http)[1]).status_code == 200
    assert "/userinfo" not in provider.calls


@pytest.mark.parametrize("userinfo, status", [
    ({**ADA, "sub": "s-eve"}, 502), ({"email": "ada@corp.example", "email_verified": True}, 502), ({**ADA, "email": 7}, 502),
    ({**ADA, "email_verified": False}, 403), ({"sub": "s-ada"}, 403),
], ids=str)
def test_userinfo_about_somebody_else_or_nothing(stack, provider, partner, userinfo, status):
    provider.person = {"sub": "s-ada"}
    provider.bend = {"userinfo": userinfo}
    http, back = begin(stack, partner)
    refused(http.get(back), status)


# Limits on visitors


def test_two_tabs(stack, provider, partner):
    http, first = begin(stack, partner)
    _, second = begin(stack, partner, http)
    assert http.get(first).status_code == 200
    assert http.get(second).status_code == 200
    assert http.get("/console/campaigns").status_code == 200
    # A response is accepted once.
    refused(http.get(first), 400)
    # The oldest of many are dropped: a browser would send all of them each time.
    backs = [begin(stack, partner, http)[1] for _ in range(7)]
    assert len([name for name in http.cookies if name.startswith("hearth-sign-in-")]) == 5
    assert http.get(backs[-1]).status_code == 200


def test_keys_that_are_away_burn_no_code(stack, provider, partner):
    provider.bend = {"down": ["/keys"]}
    page = client(stack).get(f"/console/sign-in/organisation?account={partner.tenant}")
    refused(page, 502)
    provider.bend = {}
    wait_until(lambda: client(stack).get(f"/console/sign-in/organisation?account={partner.tenant}").status_code == 200, 5, "the keys")
    # Cached keys are used while the provider's cannot be fetched.
    http, back = begin(stack, partner)
    provider.bend = {"down": ["/keys", "/.well-known/openid-configuration"]}
    assert http.get(back).status_code == 200


def test_a_code_is_not_redeemed_before_the_keys_are_had(stack, provider, partner):
    """The response reaches a process that has not contacted the provider yet."""
    http, back = begin(stack, partner)
    stack.stop("hearth")
    stack.start_hearth()
    provider.bend = {"down": ["/keys"]}
    refused(http.get(back), 502)
    assert provider.redeemed == []
    provider.bend = {}
    # The same response is still valid when the page is reloaded.
    wait_until(lambda: http.get(back).status_code == 200, 10, "the sign-in")
    assert len(provider.redeemed) == 1


def test_discovery_is_asked_for_once(stack, provider, partner):
    for _ in range(10):
        begin(stack, partner)
    assert provider.calls.count("/.well-known/openid-configuration") == provider.calls.count("/keys") == 1


def test_starts_are_throttled_by_address(stack, provider, partner):
    path = f"/console/sign-in/organisation?account={partner.tenant}"
    http = client(stack, next(addresses))
    statuses = [http.get(path).status_code for _ in range(65)]
    assert set(statuses[:60]) == {200} and statuses[-1] == 429
    http = client(stack, next(addresses))
    _, back = begin(stack, partner, http)
    provider.bend = {"claims": {"aud": []}}
    statuses = [http.get(back).status_code for _ in range(65)]
    assert statuses[0] == 502 and statuses[-1] == 429
    # Requests over the limit cause no call.
    asked = provider.calls.count("/token")
    assert asked < 60 and http.get(back).status_code == 429 and provider.calls.count("/token") == asked
    assert client(stack, next(addresses)).get(path).status_code == 200
