"""Mailboxes in the console: what is shown, and who can do what with them."""

import html
import itertools
import re

import pytest

from console_client import Console, audited, words
from offices import Office, add, delegate
from stack import change, wait_until

numbers = itertools.count()


@pytest.fixture
def partner(stack):
    yield stack.tenant("Acme <i>&amp;")
    stack.control("DELETE", "faults")


@pytest.fixture
def console(stack, partner):
    return Console(stack, partner.key)


def mailbox(partner, campaign):
    (found,) = [each for each in partner.call("GET", "/mailboxes").json()["data"] if campaign in [use["id"] for use in each["campaigns"]]]
    return found


def connected(partner, **body):
    """A mailbox with its campaign."""
    campaign = partner.connect(f"box{next(numbers)}@corp-console.example", **body)
    return mailbox(partner, campaign), campaign


def test_a_page_tells_everything_that_the_api_does(stack, partner, console):
    found, campaign = connected(partner, permission_level="read_send")
    change(stack, "UPDATE grants SET created_at = created_at - interval '12 days 1 hour' WHERE tenant_id = %s", partner.tenant)
    page = words(console.get(f"/console/mailboxes/{found['id']}"))
    for each in [found["address"], found["microsoft_tenant_id"], "Organisation account", "Read and send", "12 days", str(found["id"]),
                 ", ".join(found["scopes"]), "Last success none yet", found["health"]["text"]]:
        assert each in page, each
    source = console.get(f"/console/mailboxes/{found['id']}").text
    assert f'href="/console/campaigns/{campaign}"' in source
    assert f'href="/console/mailboxes/{found["id"]}"' in console.get(f"/console/campaigns/{campaign}").text, "and back"
    listed = words(console.get("/console/mailboxes"))
    for each in [found["address"], "Organisation account", "Read and send", "Not used yet", "none yet", "Pending"]:
        assert each in listed, each


def test_badges_filters_and_the_accounts_health(stack, partner, console):
    names = ["well", "new", "late", "gone", "broken"]
    ids = {name: partner.connect(f"{name}@corp-badges.example", **({"permission_level": "send"} if name == "new" else {})) for name in names}
    partner.connect("someone@outlook.com")
    assert "Not used yet" in words(console.get("/console/account"))
    for name in ("well", "late", "broken"):
        assert partner.call("PATCH", f"/campaigns/{ids[name]}/start-warmup").status_code == 200
    change(stack, "UPDATE grants SET created_at = created_at - interval '26 hours' WHERE tenant_id = %s", partner.tenant)
    change(stack, "UPDATE mailboxes SET last_success_at = now() - interval '25 hours 1 minute' WHERE tenant_id = %s AND address LIKE 'late@%%'", partner.tenant)
    partner.call("DELETE", f"/campaigns/{ids['gone']}")
    assert "The worst: Stale" in words(console.get("/console/account"))
    change(stack, "UPDATE mailboxes SET problem = 'CONNECTION_REVOKED', problem_since = now() WHERE tenant_id = %s AND address LIKE 'broken@%%'", partner.tenant)
    account = console.get("/console/account")
    assert "The worst: Error" in words(account)

    def shown(**query):
        return sorted(set(re.findall(r">(\w+)@(?:corp-badges|outlook)", console.get("/console/mailboxes", params=query).text)))
    for badge, expected in [("error", ["broken"]), ("disconnected", ["gone"]), ("stale", ["late"]), ("never_synced", ["new", "someone"]), ("healthy", ["well"])]:
        assert shown(health=badge) == expected
        assert f'href="/console/mailboxes?health={badge}"' in account.text, "the account page links to each"
    assert shown() == sorted([*names, "someone"]) == shown(health="no such")
    assert shown(account_type="personal") == ["someone"] and shown(permission_level="send") == ["new"]
    assert shown(email="ELL@corp") == ["well"] and shown(email="nobody") == []
    assert "Access to the mailbox was withdrawn." in words(console.get("/console/mailboxes?health=error"))


def test_pages_of_a_long_list(stack, partner, console):
    connected(partner)
    change(
        stack,
        """INSERT INTO mailboxes (tenant_id, mailbox_id, tid, oid, address, address_key, user_principal_name, account_type, created_at, updated_at)
           SELECT tenant_id, n, tid, gen_random_uuid(), 'many' || n || '@corp.example', 'many' || n || '@corp.example', 'many' || n, account_type,
               created_at, updated_at
           FROM mailboxes, generate_series(1, 110) n WHERE tenant_id = %s""",
        partner.tenant,
    )
    path, seen, pages = "/console/mailboxes?email=MANY", [], 0
    while path:
        page = console.get(path)
        seen += [int(each) for each in re.findall(r">many(\d+)@", page.text)]
        pages += 1
        older = re.search(r'href="([^"]+)">Next page', page.text)
        path = older and html.unescape(older[1])
    assert (pages, seen) == (3, list(range(110, 0, -1)))


def test_a_recheck_says_what_it_found(stack, partner, console):
    found, campaign = connected(partner)
    page = f"/console/mailboxes/{found['id']}"
    partner.call("PATCH", f"/campaigns/{campaign}/start-warmup")
    stack.control("POST", f"accounts/{found['address']}/revoke", how="consent")
    change(stack, "UPDATE grants SET access_expires_at = now() WHERE tenant_id = %s", partner.tenant)
    answer = console.post(page + "/recheck")
    assert (answer.status_code, answer.headers["location"]) == (303, page + "?done=mailbox-rechecked")
    said = words(console.get(answer.headers["location"]))
    health = partner.call("GET", f"/mailboxes/{found['id']}").json()["data"]["health"]
    assert health["status"] == "error"
    for each in ["The mailbox was checked", health["text"], health["action"], health["code"], "Error", "Paused"]:
        assert each in said, each
    assert audited(stack, partner) == ["console.recheck-mailbox"]
    # A transient fault is shown as a refusal here, and causes no event.
    other, _ = connected(partner)
    stack.fault(match={"operation": "messages"}, status=503, times=9)
    refused = console.post(f"/console/mailboxes/{other['id']}/recheck")
    assert refused.status_code == 503 and "CONNECTION_TEMPORARILY_UNAVAILABLE" in refused.text and other["address"] in refused.text
    assert partner.call("GET", f"/mailboxes/{other['id']}").json()["data"]["health"]["code"] is None


def test_disconnected_with_the_truth_about_microsoft(stack, partner, console):
    found, campaign = connected(partner)
    page = f"/console/mailboxes/{found['id']}"
    partner.call("PATCH", f"/campaigns/{campaign}/start-warmup")
    before = words(console.get(page))
    assert "Microsoft has no call" in before and "Our tokens are destroyed" not in before
    answer = console.post(page + "/disconnect")
    assert answer.headers["location"] == page + "?done=mailbox-disconnected"
    after = console.get(answer.headers["location"])
    for each in ["Our tokens are destroyed", "Microsoft has no call", "only an administrator can remove", "Disconnected"]:
        assert each in words(after), each
    assert 'href="https://myapps.microsoft.com"' in after.text
    assert "/recheck" not in after.text and "/disconnect" not in after.text, "there is nothing to recheck or disconnect"
    assert partner.call("GET", f"/campaigns/{campaign}").json()["data"]["status_code"] == "paused"
    assert stack.rows("SELECT count(*) FROM grants WHERE tenant_id = %s AND refresh_token IS NOT NULL", partner.tenant) == [(0,)]
    assert console.post(page + "/disconnect").status_code == 303, "repeating it changes nothing"
    personal = mailbox(partner, partner.connect("leaving@outlook.com"))["id"]
    console.post(f"/console/mailboxes/{personal}/disconnect")
    assert 'href="https://account.live.com/consent/Manage"' in console.get(f"/console/mailboxes/{personal}").text
    account = words(console.get("/console/account"))
    assert "Disconnected 2" in account and "The worst" not in account, "all are as the partner intended"


def test_in_use_it_is_not_deleted(stack, partner, console):
    found, campaign = connected(partner)
    page = f"/console/mailboxes/{found['id']}"
    assert page + "/delete" not in console.get(page).text, "impossible commands are not offered"
    refused = console.post(page + "/delete")
    assert refused.status_code == 409 and "MAILBOX_IN_USE" in refused.text and "Campaigns use this mailbox" in refused.text
    assert f'<li><a href="/console/campaigns/{campaign}">' in refused.text
    assert partner.call("DELETE", f"/campaigns/{campaign}").status_code == 200
    unused = console.get(page)
    assert page + "/delete" in unused.text and page + "/disconnect" not in unused.text, "the campaign's deletion disconnected it"
    assert console.post(page + "/delete").headers["location"] == "/console/mailboxes?done=mailbox-deleted"
    assert "destroyed within 30 days" in words(console.get("/console/mailboxes?done=mailbox-deleted"))
    assert found["address"] not in console.get("/console/mailboxes").text
    for answer in [console.get(page), console.post(page + "/delete"), console.post(page + "/disconnect")]:
        assert answer.status_code == 404 and "MAILBOX_NOT_FOUND" in answer.text
    assert audited(stack, partner) == ["console.delete-mailbox"]
    assert stack.rows("SELECT purge_at - deleted_at FROM mailboxes WHERE mailbox_id = %s", found["id"])[0][0].days == 30


def test_a_link_to_reconnect_is_shown_once(stack, partner, console):
    found, campaign = connected(partner, permission_level="read_send")
    page = f"/console/mailboxes/{found['id']}"
    console.post(page + "/disconnect")
    made = console.post(page + "/reconnect", permission_level="", expires_in="86400", shared_mailboxes="")
    assert made.status_code == 200 and "shown only once" in made.text
    url = html.unescape(re.search(r'id="url" type="text" value="([^"]+)"', made.text)[1])
    assert "Mail.Read%20Mail.Send" in url or "Mail.Read+Mail.Send" in url, "the level is as before"
    assert url not in html.unescape(console.get(page).text)
    assert "Your mailbox is connected" in partner.follow(url).text
    again = mailbox(partner, campaign)
    assert again["id"] == found["id"] and again["permission_level"] == "read_send"
    # An invalid level, and an account without the feature.
    refused = console.post(page + "/reconnect", permission_level="all")
    assert refused.status_code == 400 and 'aria-invalid="true"' in refused.text
    stack.cli("tenant", "deny", partner.tenant, "ms-graph")
    wait_until(lambda: console.post(page + "/reconnect").status_code == 403, 60, "the feature's end")
    stack.cli("tenant", "allow", partner.tenant, "ms-graph")
    # A mailbox without a campaign can be reconnected alone.
    partner.call("DELETE", f"/campaigns/{campaign}")
    made = wait_until(lambda: (answer := console.post(page + "/reconnect")).status_code == 200 and answer, 60, "the feature's return")
    assert "Your mailbox is connected" in partner.follow(html.unescape(re.search(r'id="url" type="text" value="([^"]+)"', made.text)[1])).text
    unused = words(console.get(page))
    assert "No campaign uses this mailbox" in unused and "Just connected" in unused and partner.campaigns() == []


def test_shared_mailboxes_with_their_delegate(stack, partner, console):
    office = Office(stack)
    id = delegate(partner, office.person)
    add(partner, office.shared, id)
    assert office.shared in console.get(f"/console/mailboxes/{id}").text
    listed = console.get("/console/mailboxes/shared")
    assert office.shared in listed.text and f'href="/console/mailboxes/{id}"' in listed.text and "Connected" in words(listed)
    console.post(f"/console/mailboxes/{id}/disconnect")
    fallen = words(console.get("/console/mailboxes/shared"))
    assert f"{office.shared} Disconnected The mailbox was disconnected." in fallen
    other = Console(stack, stack.tenant("Other").key)
    assert office.shared not in other.get("/console/mailboxes/shared").text


COMMANDS = ["recheck", "disconnect", "reconnect", "delete"]


def test_who_may_only_read_commands_nothing(stack, partner, console):
    found, _ = connected(partner)
    page = f"/console/mailboxes/{found['id']}"
    key = partner.call("POST", "/keys", json={"name": "reader", "scopes": ["campaigns:read"]}).json()["data"]["key"]
    reader = Console(stack, key)
    seen = reader.get(page)
    assert seen.status_code == 200 and found["address"] in seen.text
    # The only form is the sign-out of the frame.
    assert re.findall(r'<form[^>]* action="([^"]+)"', seen.text) == ["/console/sign-out"] and "<details" not in seen.text
    assert "/invitations/new" not in reader.get("/console/mailboxes").text
    for command in COMMANDS:
        assert reader.post(f"{page}/{command}").status_code == 403, command
    keeper = Console(stack, partner.call("POST", "/keys", json={"name": "keys", "scopes": ["keys"]}).json()["data"]["key"])
    for path in [page, "/console/mailboxes", "/console/mailboxes/shared"]:
        assert keeper.get(path).status_code == 403
    assert "/console/mailboxes" not in keeper.get("/console/account").text
    assert partner.call("GET", f"/mailboxes/{found['id']}").json()["data"]["disconnected_at"] is None


def test_foreign_hands(stack, partner, console):
    found, _ = connected(partner)
    page = f"/console/mailboxes/{found['id']}"
    stranger, other = Console(stack), Console(stack, stack.tenant("Other").key)
    for path in [page, "/console/mailboxes", "/console/mailboxes/shared"]:
        assert stranger.get(path).headers["location"].startswith("/console/sign-in?next=/console/mailboxes")
    for command in COMMANDS:
        path = f"{page}/{command}"
        assert stranger.post(path).headers["location"] == "/console/sign-in"
        assert other.post(path).status_code == 404 and found["address"] not in other.post(path).text
        for arguments in [{"token": ""}, {"token": other.token}, {"origin": "https://evil.example"}, {"origin": ""}]:
            assert "FORM_NOT_OURS" in console.post(path, **arguments).text, (command, arguments)
        assert console.get(path).status_code in (404, 405), "a link does nothing"
    for id in [found["id"], "x", "0", "1", "99999999999999999999"]:
        assert other.get(f"/console/mailboxes/{id}").status_code == 404
    assert found["address"] not in other.get("/console/mailboxes").text
    assert partner.call("GET", f"/mailboxes/{found['id']}").json()["data"]["disconnected_at"] is None
    assert audited(stack, partner) == []


def test_what_is_no_address_is_shown_as_text(stack, partner, console):
    connected(partner)
    hostile = '"><script>alert(1)</script>\u0301{{tenant}}'
    change(stack, "UPDATE mailboxes SET user_principal_name = %s WHERE tenant_id = %s", hostile, partner.tenant)
    id = partner.call("GET", "/mailboxes").json()["data"][0]["id"]
    for page in [console.get(f"/console/mailboxes/{id}"), console.get("/console/mailboxes", params={"email": hostile})]:
        assert page.status_code == 200 and "<script>alert" not in page.text and "{{tenant}}" in page.text and "<i>" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
