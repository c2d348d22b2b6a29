"""`hearth import mailivery` against a server that follows the contract: links, settings, old ids, faults, repeated runs."""

import json
import signal
import subprocess

import pytest

from mailivery_server import KEY, MailiveryServer, campaign
from stack import BINARIES


@pytest.fixture
def server():
    server = MailiveryServer([])
    yield server
    server.close()


def command(partner, server, *options, key=KEY):
    return ["import", "mailivery", "--tenant", partner.tenant, "--base-url", server.base, "--key", key, *options]


def run(partner, server, *options, fails=False):
    done = partner.stack.cli(*command(partner, server, *options), check=False)
    assert done.returncode == (1 if fails else 0), done.stderr
    return json.loads(done.stdout), done.stderr


def by_id(report):
    return {each["external_id"]: each for each in report["campaigns"]}


def external(partner, id):
    return partner.call("GET", f"/campaigns/external/{id}").json()


def consents(partner):
    return partner.stack.rows("SELECT external_id, count(*) FROM consents WHERE tenant_id = %s GROUP BY 1 ORDER BY 1", partner.tenant)


def test_an_id_may_be_any_text(stack, server):
    partner = stack.tenant()
    server.campaigns = {"a/7?b c%": campaign("a/7?b c%", "odd-id@outlook.com")}
    report, _ = run(partner, server)
    assert by_id(report)["a/7?b c%"]["outcome"] == "created"


def test_an_account_is_taken_over(stack, server):
    partner = stack.tenant()
    everything = [
        campaign(1, "one@corp-import.example", tags=["a", "b"], email_per_day=31, first_name="Änn 🦊"),
        campaign(2, "two@gmail.com", imap_type="gmail", smtp_type="gmail"),
        campaign(3, "three@outlook.com", status_code="deleted"),
        campaign(4, "One@Corp-Import.example", status_code="paused"),
        campaign(5, "five@outlook.com", timezone="Mars/Olympus"),
        campaign(6, "six@outlook.com"),
        campaign(7, "not an address"),
    ]
    server.campaigns = {each["id"]: each for each in everything}
    server.hidden, server.faults = {6}, [429, 500]

    report, progress = run(partner, server, fails=True)
    items = by_id(report)
    outcomes = {id: item["outcome"] for id, item in items.items()}
    assert outcomes == {"1": "created", "2": "skipped", "3": "skipped", "4": "skipped", "5": "created", "6": "failed", "7": "skipped"}
    assert (report["created"], report["skipped"], report["failed"], report["total"]) == (2, 4, 1, 7)
    assert "campaign 1 has the same mailbox" in items["4"]["problem"] and "gmail" in items["2"]["problem"]
    assert "timezone" in items["5"]["warnings"][0] and "email" in items["7"]["problem"]
    assert report["source_email_per_day"] == 12000 and "--email-per-day 12000" in report["warnings"][0]
    assert "the source answered 429; retrying in" in progress and "1 of 7: 1 created" in progress
    assert {method for method, _ in server.requests} == {"GET"}, "nothing may be changed there"
    assert items["1"]["url"].startswith(stack.microsoft + "/common/oauth2/v2.0/authorize?")
    assert external(partner, 1)["code"] == "CAMPAIGN_NOT_FOUND" and partner.campaigns() == []

    partner.follow(items["1"]["url"])
    mine = external(partner, 1)["data"]
    assert (mine["external_id"], mine["status_code"], mine["email"]) == ("1", "pending", "one@corp-import.example")
    assert (mine["email_per_day"], mine["response_rate"], mine["timezone"]) == (31, 35, "Europe/Berlin")
    assert (mine["tags"], mine["owner_email"], mine["first_name"]) == (["a", "b"], "owner@partner.example", "Änn 🦊")
    assert partner.call("GET", f"/campaigns/{mine['id']}").json()["data"]["external_id"] == "1"

    server.hidden, before = set(), consents(partner)
    server.requests.clear()
    again = by_id(run(partner, server)[0])
    assert (again["1"]["outcome"], again["1"]["campaign_id"]) == ("connected", mine["id"])
    assert (again["5"]["outcome"], again["5"]["url"]) == ("open", items["5"]["url"])
    assert again["6"]["outcome"] == "created" and consents(partner) == before + [("6", 1)]
    read = {path for _, path in server.requests}
    assert "/api/v1/campaigns/1" not in read and "/api/v1/campaigns/5" not in read, "finished campaigns are not read again"

    # The partner's own id is in every event of the link, the campaign and the mailbox.
    (mailbox,) = partner.call("GET", "/mailboxes").json()["data"]
    partner.call("PATCH", f"/campaigns/{mine['id']}/start-warmup")
    partner.call("PATCH", f"/campaigns/{mine['id']}", json={"first_name": "Bo"})
    partner.call("POST", f"/mailboxes/{mailbox['id']}/disconnect")
    partner.follow(partner.call("POST", f"/mailboxes/{mailbox['id']}/reconnect").json()["data"]["url"], decision="decline")
    feed = partner.call("GET", "/webhooks/events?limit=100").json()["data"]
    assert {event["type"] for event in feed} >= {
        "campaign.pending", "consent.completed", "campaign.started", "campaign.updated", "campaign.connection_problem",
        "mailbox.disconnected", "consent.declined"}
    assert {event["data"]["external_id"] for event in feed} == {"1"}, [(event["type"], event["data"]) for event in feed]


def test_what_was_ended_here_stays_ended(stack, server):
    partner = stack.tenant()
    server.campaigns = {id: campaign(id, f"ended{id}@outlook.com") for id in (1, 2)}
    items = by_id(run(partner, server)[0])
    partner.follow(items["1"]["url"])
    assert partner.call("DELETE", f"/campaigns/{external(partner, 1)['data']['id']}").status_code == 200
    assert partner.call("DELETE", f"/consents/{items['2']['consent_id']}").status_code == 200
    again = by_id(run(partner, server)[0])
    assert [(again[id]["outcome"], again[id]["problem"]) for id in ("1", "2")] == [
        ("skipped", "its campaign was deleted here"), ("skipped", "its link was revoked here")]
    assert external(partner, 1)["code"] == "CAMPAIGN_NOT_FOUND"


def test_an_expired_link_is_made_anew(stack, server):
    partner = stack.tenant()
    server.campaigns = {1: campaign(1, "late@outlook.com")}
    first = by_id(run(partner, server)[0])["1"]
    with_past = "UPDATE consents SET created_at = created_at - interval '60 days', expires_at = expires_at - interval '60 days' WHERE tenant_id = %s RETURNING 1"
    assert stack.rows(with_past, partner.tenant)
    second = by_id(run(partner, server)[0])["1"]
    assert second["outcome"] == "created" and second["consent_id"] != first["consent_id"]


def test_a_mailbox_that_is_connected_already_gets_its_old_id(stack, server):
    partner = stack.tenant()
    id = partner.connect("before@outlook.com")
    server.campaigns = {137474: campaign(137474, "Before@Outlook.com")}
    dry = by_id(run(partner, server, "--dry-run")[0])["137474"]
    assert dry["outcome"] == "connected" and external(partner, 137474)["code"] == "CAMPAIGN_NOT_FOUND"
    item = by_id(run(partner, server)[0])["137474"]
    assert (item["outcome"], item["campaign_id"]) == ("connected", id)
    assert external(partner, 137474)["data"]["id"] == id
    assert external(stack.tenant("Other"), 137474)["code"] == "CAMPAIGN_NOT_FOUND"


def test_a_dry_run_writes_nothing(stack, server):
    partner = stack.tenant()
    server.campaigns = {1: campaign(1, "dry@outlook.com")}
    report, _ = run(partner, server, "--dry-run")
    assert by_id(report)["1"]["outcome"] == "created" and by_id(report)["1"]["url"] is None
    assert consents(partner) == []


def test_a_killed_run_is_continued(stack, server):
    partner = stack.tenant()
    server.campaigns = {id: campaign(id, f"killed{id}@outlook.com") for id in range(1, 9)}
    server.hangs_at = 5
    process = subprocess.Popen(
        [BINARIES / "hearth", *map(str, command(partner, server))], env=stack.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert server.hanging.wait(20)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert consents(partner) == [(str(id), 1) for id in range(1, 5)]
    server.hangs_at = None
    outcomes = [item["outcome"] for _, item in sorted(by_id(run(partner, server)[0]).items())]
    assert outcomes == ["open"] * 4 + ["created"] * 4
    assert consents(partner) == [(str(id), 1) for id in range(1, 9)]


def test_two_runs_at_once_make_one_link_each(stack, server):
    partner = stack.tenant()
    server.campaigns = {id: campaign(id, f"twice{id}@outlook.com") for id in range(10, 40)}
    both = [
        subprocess.Popen([BINARIES / "hearth", *map(str, command(partner, server))], env=stack.environment, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [each.wait(60) for each in both] == [0, 0]
    assert consents(partner) == [(str(id), 1) for id in range(10, 40)]


def test_refusals_say_what_to_do(stack, server):
    partner = stack.tenant()
    server.campaigns = {1: campaign(1, "refused@outlook.com")}
    for done, words in [
        (stack.cli(*command(partner, server, key="wrong"), check=False), "refuses the key"),
        (stack.cli(*command(stack.tenant(allow=False), server), check=False), "hearth tenant allow"),
        (stack.cli("import", "mailivery", "--tenant", partner.tenant, "--base-url", "ftp://x", "--key", KEY, check=False), "--base-url"),
    ]:
        assert done.returncode != 0 and words in done.stderr and done.stdout == ""
    assert consents(partner) == []
