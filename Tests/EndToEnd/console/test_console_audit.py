"""The console's audit page: pages, filters by action and subject, permissions."""

import re

import pytest

from browser import Browser
from console_client import Console
from stack import wait_until

ROW = re.compile(r'<tr role="row" id="entry-(\d+)">(.*?)</tr>', re.S)


@pytest.fixture
def partner(stack):
    return stack.tenant("Acme")


def chained(stack, partner):
    open_ones = "SELECT 1 FROM audit_entries WHERE tenant_id = %s AND position IS NULL"
    wait_until(lambda: not stack.rows(open_ones, partner.tenant), 60, "the chaining")


def shown(console, query=""):
    """The positions on a page, and the page."""
    page = console.get("/console/audit" + query)
    assert page.status_code == 200, page.text
    return [int(position) for position, _ in ROW.findall(page.text)], page.text


def test_newest_first_page_by_page(stack, partner):
    for n in range(60):
        partner.call("DELETE", f"/consents/{partner.link(f'paged{n}@outlook.com')['consent_id']}")
    console = Console(stack, partner.key)
    chained(stack, partner)
    ((last,),) = stack.rows("SELECT max(position) FROM audit_entries WHERE tenant_id = %s", partner.tenant)
    seen, path = [], ""
    for _ in range(20):
        found, page = shown(console, path)
        seen += found
        older = re.search(r'<a href="/console/audit([^"]+)">Next page', page)
        if not older:
            break
        path = older[1].replace("&amp;", "&")
    assert seen == list(range(last, 0, -1)) and last > 120


def test_narrowed_by_what_and_to_what(stack, partner):
    id, other = partner.connect("one@outlook.com"), partner.connect("two@outlook.com")
    for campaign in (id, other):
        partner.call("PATCH", f"/campaigns/{campaign}/start-warmup", headers={"x-forwarded-for": "198.51.100.9", "x-request-id": "r-1"})
    console = Console(stack, partner.key)
    chained(stack, partner)
    start = "/campaigns/{id}/start-warmup"
    assert len(shown(console, f"?action=PATCH {start}")[0]) == 2
    (position,), page = shown(console, f"?action=PATCH {start}&subject=campaign:{id}")
    cells = re.sub(r"<[^>]+>", "|", dict(ROW.findall(page))[str(position)])
    for words in [f"api_key:{partner.key.split('_')[2]}", f"PATCH {start}", f"campaign:{id}", "198.51.100.9", "r-1", "200"]:
        assert words in cells, words
    assert f'value="campaign:{id}"' in page and "Show all" in page
    # Every entry links to those with the same subject.
    like = re.search(r'data-label="To what"><a href="/console/audit([^"]+)"', page)[1].replace("&amp;", "&")
    assert set(shown(console, like)[0]) > {position}
    assert shown(console, "?subject=campaign:1")[0] == [] and "No entries." in shown(console, "?action=x")[1]


def test_what_is_typed_is_shown_as_text(stack, partner):
    page = shown(Console(stack, partner.key), '?action="><script>x</script>')[1]
    assert "<script>x" not in page and "&lt;script&gt;x" in page
    partner.call("POST", "/keys", json={"name": "n"}, headers={"x-request-id": "<b>bold</b>"})
    chained(stack, partner)
    assert "<b>bold" not in shown(Console(stack, partner.key))[1]


def test_only_for_those_who_may_see_it(stack, partner):
    less = partner.call("POST", "/keys", json={"name": "less", "scopes": ["campaigns:read", "campaigns:write", "webhooks"]})
    manager = Console(stack, less.json()["data"]["key"])
    assert manager.get("/console/audit").status_code == 403
    assert "/console/audit" not in manager.get("/console/campaigns").text
    assert 'href="/console/audit"' in Console(stack, partner.key).get("/console/campaigns").text
    stranger = Console(stack, stack.tenant("Other").key)
    chained(stack, partner)
    mine = stack.rows("SELECT request_id FROM audit_entries WHERE tenant_id = %s AND action = 'POST /keys'", partner.tenant)[0][0]
    assert mine in shown(Console(stack, partner.key))[1] and mine not in shown(stranger)[1]
    assert Console(stack).get("/console/audit").headers["location"].startswith("/console/sign-in")


def test_what_was_erased_is_said_to_be(stack, partner):
    partner.connect("erased@outlook.com")
    (mailbox,) = partner.call("GET", "/mailboxes").json()["data"]
    stack.cli("erase", "--mailbox", mailbox["id"])
    chained(stack, partner)
    page = shown(Console(stack, partner.key))[1]
    assert page.count("Erased with its subject") == 2 and "mailbox.erase" in page


@pytest.mark.parametrize("width", [1280, 360])
def test_in_a_browser(stack, partner, width):
    id = partner.connect("seen@outlook.com")
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    chained(stack, partner)
    page = Browser(f"audit-{width}", width=width)
    try:
        page.open(stack.base + "/console").fill("key", partner.key).press("Sign in").until_text("seen@outlook.com")
        page.press("Audit", within="nav").until_text("POST /campaigns/ms-graph").check("1-audit")
        page.fill("subject", f"campaign:{id}").press("Filter").until_text("Show all").check("2-narrowed")
        assert "POST /campaigns/ms-graph" not in page.text and "start-warmup" in page.text
        page.press("Show all").until_text("tenant.create")
    finally:
        page.close()
