"""Everything that can go wrong in a consent: the right page and outcome, but no campaign and no token."""

import itertools

import pytest

from stack import wait_until

numbers = itertools.count()


@pytest.fixture
def partner(stack):
    yield stack.tenant()
    stack.control("DELETE", "faults")
    stack.control("DELETE", "token-shape")


def nothing_was_connected(stack, partner, link, status, code):
    assert partner.campaigns() == []
    assert stack.rows("SELECT count(*) FROM grants WHERE tenant_id = %s", partner.tenant) == [(0,)], "no token stored"
    consent = partner.consent(link["consent_id"])
    assert (consent["status"], consent["outcome_code"]) == (status, code)


def the_link_still_works(partner, link):
    assert "Your mailbox is connected" in partner.follow(link["url"]).text
    assert partner.consent(link["consent_id"])["status"] == "completed"


@pytest.mark.parametrize(
    "decision, status, code, words",
    [
        ("decline", "declined", "DECLINED", "not completed"),
        ("cancel", "declined", "DECLINED", "administrator has to approve"),
        ("admin_required", "admin_required", "ADMIN_APPROVAL_REQUIRED", "Your administrator has to approve"),
        ("admin_workflow", "admin_required", "ADMIN_APPROVAL_REQUIRED", "Your administrator has to approve"),
        ("server_error", "failed", "TEMPORARY_FAULT", "try again"),
        ("temporarily_unavailable", "failed", "TEMPORARY_FAULT", "try again"),
    ],
)
def test_error_redirects(stack, partner, decision, status, code, words):
    link = partner.link(f"e{next(numbers)}@outlook.com")
    assert words in partner.follow(link["url"], decision).text
    nothing_was_connected(stack, partner, link, status, code)
    the_link_still_works(partner, link)


@pytest.mark.parametrize(
    "shape, status, code",
    [
        *((shape, "failed", "ID_TOKEN_INVALID") for shape in (
            "wrong_signature", "alg_none", "alg_hs256", "unknown_kid", "missing_kid", "wrong_audience", "wrong_issuer",
            "wrong_tid", "wrong_nonce", "missing_nonce", "wrong_version", "expired", "not_yet_valid", "other_oid",
            "missing_oid", "missing_id_token", "garbage_id_token")),
        ("missing_refresh_token", "scope_missing", "REFRESH_TOKEN_MISSING"),
        ("empty_refresh_token", "scope_missing", "REFRESH_TOKEN_MISSING"),
        ("blank_refresh_token", "scope_missing", "REFRESH_TOKEN_MISSING"),
        ("missing_scopes", "scope_missing", "SCOPE_MISSING"),
    ],
)
def test_hostile_tokens(stack, partner, shape, status, code):
    link = partner.link(f"t{next(numbers)}@corp-tokens.example")
    stack.control("POST", "token-shape", shapes=[shape])
    partner.follow(link["url"])
    nothing_was_connected(stack, partner, link, status, code)
    the_link_still_works(partner, link)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "retryAfter": 3}, {"status": 500}, {"status": 503, "body": "html"}, {"body": "garbage"},
        {"body": "empty"}, {"body": "truncate"}, {"body": "close"}, {"body": "close", "takesEffect": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("operation", ["token", "me", "messages"])
def test_microsoft_in_trouble(stack, partner, operation, fault):
    link = partner.link(f"f{next(numbers)}@outlook.com")
    # A GET on a reused connection that closes is retried at once, so the connection must close twice.
    stack.fault(match={"operation": operation}, times=2 if "close" in fault.values() else 1, **fault)
    page = partner.follow(link["url"])
    assert page.status_code == 503 and "try again" in page.text.lower()
    nothing_was_connected(stack, partner, link, "failed", "TEMPORARY_FAULT")
    stack.control("DELETE", "faults")
    the_link_still_works(partner, link)
    codes = stack.control("GET", "requests")["codes"]
    assert all(use["attempts"] <= 1 for use in codes.values()), "a code was sent twice"


@pytest.mark.parametrize("operation", ["keys", "discovery"])
def test_keys_that_are_away_burn_no_code(stack, partner, operation):
    """For a process that has not fetched them yet."""
    stack.stop("hearth")
    stack.start_hearth()
    link = partner.link(f"k{next(numbers)}@outlook.com")
    stack.fault(match={"operation": operation}, status=503)
    location = partner.authorize(link["url"])
    stack.control("DELETE", "requests")
    page = stack.http.get(location, follow_redirects=True)
    assert page.status_code == 503 and "try again" in page.text.lower()
    nothing_was_connected(stack, partner, link, "failed", "TEMPORARY_FAULT")
    asked = [call["operation"] for call in stack.control("GET", "requests")["requests"]]
    assert operation in asked and "token" not in asked, "the code was redeemed for nothing"
    stack.control("DELETE", "faults")
    # A failure is cached for two seconds.
    wait_until(lambda: "Your mailbox is connected" in partner.follow(link["url"]).text, 10, "the mailbox")
    # Cached keys are used while they cannot be fetched.
    stack.fault(match={"operation": operation}, status=503)
    assert partner.connect(f"k{next(numbers)}@outlook.com")


def test_code_that_microsoft_refuses(stack, partner):
    link = partner.link("refused@outlook.com")
    stack.fault(match={"operation": "token"}, times=1, error="54005")
    assert partner.follow(link["url"]).status_code == 200, "503 would say that it passes by itself"
    nothing_was_connected(stack, partner, link, "failed", "CODE_REFUSED")
    the_link_still_works(partner, link)


def test_operators_secret_expired(stack, partner):
    link = partner.link("secret@outlook.com")
    stack.control("POST", "application", secretExpired=True)
    assert partner.follow(link["url"]).status_code == 200, "503 would say that it passes by itself"
    nothing_was_connected(stack, partner, link, "failed", "APPLICATION_FAULT")
    stack.control("POST", "application", secretExpired=False)
    the_link_still_works(partner, link)


def test_another_mailbox_than_the_one_asked_for(stack, partner, receiver):
    partner.webhook(receiver.url)
    link = partner.link("asked@outlook.com")
    for _ in range(2):
        page = partner.follow(link["url"], account="other@outlook.com")
        assert "That was another mailbox" in page.text and "a•••@outlook.com" in page.text and "asked@" not in page.text.split("</p>")[0]
        assert "prompt=select_account" in page.text
    nothing_was_connected(stack, partner, link, "mismatched", "MAILBOX_MISMATCH")
    wait_until(lambda: receiver.events("consent.mismatched"), 10, "consent.mismatched")
    the_link_still_works(partner, link)
    wait_until(lambda: receiver.events("campaign.pending"), 10, "campaign.pending")
    assert len(receiver.events("consent.mismatched")) == 1, "one event a consent"


def test_guest_and_account_without_a_mailbox(stack, partner):
    stack.control("POST", "accounts", address="guest@elsewhere.example", guest=True, organization="host.example")
    stack.control("POST", "accounts", address="nomail@corp-nomail.example", hasMailbox=False)
    for address, code in [("guest@elsewhere.example", "GUEST_ACCOUNT"), ("nomail@corp-nomail.example", "MAILBOX_NOT_FOUND")]:
        link = partner.link(address)
        partner.follow(link["url"])
        nothing_was_connected(stack, partner, link, "failed", code)


def test_used_unknown_foreign_revoked_and_expired_links(stack, partner):
    link = partner.link("used@outlook.com")
    first = partner.authorize(link["url"])
    second = partner.authorize(link["url"])
    page = stack.http.get(first, follow_redirects=True)
    assert "Your mailbox is connected" in page.text
    assert stack.http.get(first, follow_redirects=True).text == page.text, "the same code again shows the same result"
    used = stack.http.get(second, follow_redirects=True)
    assert used.status_code == 409 and "has been used" in used.text
    codes = stack.control("GET", "requests")["codes"]
    assert all(use["attempts"] <= 1 for use in codes.values())

    callback = stack.base + "/oauth/microsoft/callback"
    for query in ["", "?code=x", "?code=x&state=", "?code=x&state=AAAA", "?state=%00&code=x", "?error=access_denied&state=zzz"]:
        assert stack.http.get(callback + query).status_code == 404
    state = first.split("state=")[1].split("&")[0]
    tampered = state[:-4] + ("AAAA" if state[-4:] != "AAAA" else "BBBB")
    assert stack.http.get(f"{callback}?code=x&state={tampered}").status_code == 404

    revoked = partner.link("revoked@outlook.com")
    assert partner.call("DELETE", f"/consents/{revoked['consent_id']}").status_code == 200
    assert "no longer valid" in partner.follow(revoked["url"]).text
    assert partner.call("DELETE", f"/consents/{link['consent_id']}").json()["code"] == "CONSENT_ENDED"

    expired = partner.link("expired@outlook.com")
    with_time = "UPDATE consents SET expires_at = created_at WHERE tenant_id = %s AND consent_id = %s RETURNING 1"
    import psycopg
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(with_time, (partner.tenant, expired["consent_id"]))
    assert "has expired" in partner.follow(expired["url"]).text
    assert len(partner.campaigns()) == 1


def test_an_address_is_no_identity(stack, partner):
    """An administrator can set any address as an account's `mail`; that must not take over a mailbox."""
    partner.connect("held@corp-held.example")
    stack.control("POST", "accounts", address="attacker@evil.example", mail="held@corp-held.example")
    link = partner.link("held@corp-held.example")
    page = partner.follow(link["url"], account="attacker@evil.example")
    assert "belongs to another account" in page.text
    assert partner.consent(link["consent_id"])["outcome_code"] == "ADDRESS_HELD_BY_OTHER_IDENTITY"
    assert len(partner.campaigns()) == 1


def test_an_address_in_use_is_not_taken_over_by_an_account_that_is_known_either(stack, partner):
    """The account is already connected under its own address; that gives it no right to the other's."""
    held, known = f"held{next(numbers)}@corp-held.example", f"known{next(numbers)}@corp-held.example"
    partner.connect(held)
    partner.connect(known)
    stack.control("POST", "accounts", address=known, mail=held)
    link = partner.link(held)
    page = partner.follow(link["url"], account=known)
    assert "belongs to another account" in page.text
    assert partner.consent(link["consent_id"])["outcome_code"] == "ADDRESS_HELD_BY_OTHER_IDENTITY"
    by_address = stack.rows("SELECT address_key FROM mailboxes WHERE tenant_id = %s AND address_key = ANY(%s)", partner.tenant, [held, known])
    assert sorted(by_address) == [(held,), (known,)]
    # Once the other mailbox is released, the address is free.
    other = [each["id"] for each in partner.campaigns() if each["email"] == held]
    assert partner.call("DELETE", f"/campaigns/{other[0]}").status_code == 200
    assert "Your mailbox is connected" in partner.follow(partner.link(held)["url"], account=known).text


@pytest.mark.parametrize(
    "how, code", [("sessions", "CONNECTION_REVOKED"), ("consent", "CONNECTION_REVOKED"), ("password_reset", "CONNECTION_REVOKED")]
)
def test_start_when_the_grant_is_revoked(stack, partner, how, code):
    address = f"r{next(numbers)}@corp-revoke.example"
    id = partner.connect(address)
    before = partner.call("GET", f"/campaigns/{id}").json()["data"]
    stack.control("POST", f"accounts/{address}/revoke", how=how)
    expire = "UPDATE grants SET access_expires_at = created_at WHERE tenant_id = %s AND state = 'live'"
    import psycopg
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(expire, (partner.tenant,))
    for _ in range(2):
        answer = partner.call("PATCH", f"/campaigns/{id}/start-warmup")
        assert (answer.status_code, answer.json()["code"]) == (409, code), answer.text
    after = partner.call("GET", f"/campaigns/{id}").json()["data"]
    assert after["connection_problem_code"] == code
    noted = {"connection_problem", "connection_problem_code", "updated_at"}
    assert {name for name in before if before[name] != after[name]} <= noted, "no transition, no version, no event"


def test_start_when_microsoft_is_away(stack, partner):
    id = partner.connect("away@outlook.com")
    stack.fault(match={"operation": "messages"}, status=503, retryAfter=7)
    answer = partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    assert (answer.status_code, answer.json()["code"]) == (503, "CONNECTION_TEMPORARILY_UNAVAILABLE")
    assert answer.headers["retry-after"] == "7"
    stack.control("DELETE", "faults")
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200


def test_two_links_of_one_address_completed_at_once_wait_for_each_other_in_one_order(stack, partner):
    """Each completion ends all earlier links. If they were locked in any order, the two would deadlock."""
    import concurrent.futures

    import psycopg

    from stack import wait_until

    address = f"both{next(numbers)}@corp-both.example"
    partner.connect(address)
    links = [partner.link(address) for _ in range(2)]
    returns = [partner.authorize(link["url"]) for link in links]
    waiting = """SELECT wait_event FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                 AND application_name LIKE 'hearth%%'"""
    with psycopg.connect(stack.database_url) as connection, concurrent.futures.ThreadPoolExecutor(2) as pool:
        connection.execute("SELECT 1 FROM mailboxes WHERE tenant_id = %s AND address_key = %s FOR UPDATE", (partner.tenant, address))
        pages = [pool.submit(stack.http.get, url, follow_redirects=True) for url in returns]
        observed = wait_until(lambda: (rows := stack.rows(waiting)) and len(rows) == 2 and rows, 60, "both completions waiting")
        # If both waited for the same row, the second would wait for the tuple lock of the first.
        assert observed == [("transactionid",)] * 2, "the second waits for a link that the first holds, not for the mailbox"
        connection.rollback()
        assert all(page.result().status_code in (200, 410) for page in pages)
    statuses = [partner.consent(link["consent_id"])["status"] for link in links]
    assert statuses[1] == "completed" and statuses[0] in ("completed", "revoked")
    assert [each["email"] for each in partner.campaigns()].count(address) == 1
