"""Campaigns, consents and history as lists: filters, pages, cursors."""

import httpx
import pytest

from campaigns import patch, ready
from stack import change

pytestmark = pytest.mark.usefixtures("judged")

HOSTILE = ["x", "AAAA", "AQEAAAAAAAAAAQ==", "AQEAAAAAAAAAAA", "AQH__________w", "AgEAAAAAAAAAAQ", "'; DROP TABLE campaigns", "\0", "é", "A" * 10_000, "-1", "1", "null"]


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["data"]]


def pages(partner, path):
    """Yields every page of a list by its Link header, which must agree with next_cursor."""
    answer = partner.call("GET", path)
    while True:
        yield ids(answer)
        cursor, link = answer.json()["next_cursor"], answer.headers.get("link")
        assert (cursor is None) == (link is None)
        if cursor is None:
            return
        target = link.removeprefix("<").removesuffix('>; rel="next"')
        assert httpx.URL(target).params["cursor"] == cursor
        answer = partner.call("GET", target.removeprefix("/api/v1"))


def test_campaigns_are_filtered_and_paged(stack):
    partner, stranger = stack.tenant(), stack.tenant()
    stranger.connect("l0@outlook.com", tags=["even", "שלום 🦊"])
    all = [partner.connect(f"l{n}@outlook.com", tags=["even" if n % 2 == 0 else "odd", "שלום 🦊", "a,b&c=<d>"]) for n in range(5)]
    active, gone = all[1], all.pop()
    patch(partner, active, "start-warmup")
    partner.call("DELETE", f"/campaigns/{gone}")
    listed = partner.call("GET", "/campaigns")
    assert ids(listed) == sorted(all) and "next_cursor" not in listed.json() and "link" not in listed.headers
    for query, found in [
        ({"status": "active"}, [active]), ({"status": "pending"}, [i for i in all if i != active]), ({"status": "paused"}, []),
        ({"email": "L2@OUTLOOK.COM"}, [all[2]]), ({"email": "l4@outlook.com"}, []), ({"tag": "even"}, [all[0], all[2]]),
        ({"tag": "שלום 🦊"}, all), ({"tag": "a,b&c=<d>"}, all), ({"tag": "eve"}, []), ({"tag": "odd", "status": "active"}, [active]),
        ({"tag": "' OR 1=1 --"}, []), ({"status": ""}, all),
    ]:
        assert ids(partner.call("GET", "/campaigns", params=query)) == sorted(found), query
        paged = partner.call("GET", "/campaigns", params={**query, "limit": 500})
        assert ids(paged) == sorted(found) and paged.json()["next_cursor"] is None
    assert list(pages(partner, "/campaigns?limit=3")) == [sorted(all)[:3], sorted(all)[3:]]
    assert list(pages(partner, "/campaigns?limit=1&tag=even")) == [[all[0]], [all[2]]]
    assert [page for page in pages(partner, "/campaigns?limit=2")] == [sorted(all)[:2], sorted(all)[2:]], "no empty page at the end"
    partner.call("DELETE", f"/campaigns/{sorted(all)[0]}")
    assert list(pages(partner, "/campaigns?limit=3")) == [sorted(all)[1:]]


def test_a_page_is_not_moved_by_what_comes_and_goes(stack):
    partner = stack.tenant()
    all = sorted(partner.connect(f"moved{n}@outlook.com") for n in range(4))
    walk = pages(partner, "/campaigns?limit=2")
    assert next(walk) == all[:2]
    partner.call("DELETE", f"/campaigns/{all[0]}")
    assert next(walk) == all[2:], "neither skips nor repeats"


@pytest.mark.parametrize("path", ["/campaigns", "/consents", "/campaigns/{id}/history"])
def test_hostile_cursors_and_limits_are_refused(stack, path):
    partner, id = ready(stack)
    path = path.format(id=id)
    for cursor in HOSTILE:
        answer = partner.call("GET", path, params={"cursor": cursor, "limit": 10})
        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_FAILED"), cursor[:50]
        assert list(answer.json()["errors"]) == ["cursor"]
    for limit in ("0", "501", "-1", "x", "1e3", "99999999999999999999"):
        assert list(partner.call("GET", path, params={"limit": limit}).json()["errors"]) == ["limit"], limit
    assert partner.call("GET", path + "?limit=%zz").json()["code"] == "MALFORMED_FORM"


def test_a_cursor_of_one_list_is_none_of_another(stack):
    partner = stack.tenant()
    for n in range(2):
        partner.connect(f"c{n}@outlook.com")
    cursors = {path: partner.call("GET", f"{path}?limit=1").json()["next_cursor"] for path in ("/campaigns", "/consents")}
    assert partner.call("GET", "/campaigns", params={"cursor": cursors["/consents"]}).status_code == 400
    assert partner.call("GET", "/consents", params={"cursor": cursors["/campaigns"]}).status_code == 400
    stranger, theirs = ready(stack)
    assert ids(stranger.call("GET", "/campaigns", params={"cursor": cursors["/campaigns"]})) == [theirs], "a position, not a capability"


@pytest.mark.parametrize("query", [{"status": "deleted"}, {"status": "ACTIVE"}, {"email": "nobody"}, {"tag": "x" * 256}, {"status": "active,paused"}])
def test_filters_that_mean_nothing_are_refused(stack, query):
    answer = stack.tenant().call("GET", "/campaigns", params=query)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, list(query))


def test_a_campaign_is_found_by_its_address(stack):
    partner, stranger = stack.tenant(), stack.tenant()
    id = partner.connect("Ann+tag@outlook.com")
    for text in ("Ann+tag@outlook.com", "ann%2Btag%40OUTLOOK.COM", "%61nn+tag@outlook.com"):
        answer = partner.call("GET", f"/campaigns/email/{text}")
        assert answer.status_code == 200 and answer.json()["data"]["id"] == id and answer.headers["etag"]
    for who, text in [(stranger, "Ann+tag@outlook.com"), (partner, "bob@outlook.com"), (partner, "x"), (partner, "%00"), (partner, "%ff@a.b"), (partner, "%zz")]:
        answer = who.call("GET", f"/campaigns/email/{text}")
        assert (answer.status_code, answer.json()["code"]) == (403, "CAMPAIGN_NOT_FOUND"), text
    partner.call("DELETE", f"/campaigns/{id}")
    assert partner.call("GET", "/campaigns/email/Ann+tag@outlook.com").json()["code"] == "CAMPAIGN_NOT_FOUND"


def test_history_says_who_moved_the_campaign_and_outlives_it(stack, receiver):
    partner, id = ready(stack, receiver)
    for verb in ("start-warmup", "pause-warmup"):
        patch(partner, id, verb, headers={"x-request-id": f"mine-{verb}"})
    patch(partner, id, json={"email_per_day": 21})
    partner.call("DELETE", f"/campaigns/{id}")
    answer = partner.call("GET", f"/campaigns/{id}/history")
    entries = answer.json()["data"]
    assert [(e["version"], e["from_status"], e["command"], e["to_status"]) for e in entries] == [
        (4, "paused", "delete", "deleted"), (3, "active", "pause", "paused"), (2, "pending", "start", "active"), (1, None, "consent", "pending")]
    assert entries[1]["request_id"] == "mine-pause-warmup" and entries[1]["actor"].startswith("api_key:")
    events = {e["event_id"]: e["type"] for e in partner.call("GET", "/webhooks/events").json()["data"]}
    assert [events[e["event_id"]] for e in entries] == ["campaign.deleted", "campaign.paused", "campaign.started", "campaign.pending"]
    first = partner.call("GET", f"/campaigns/{id}/history?limit=3").json()
    rest = partner.call("GET", f"/campaigns/{id}/history", params={"cursor": first["next_cursor"]}).json()
    assert first["data"] + rest["data"] == entries and rest["next_cursor"] is None
    stranger = stack.tenant()
    for foreign in (id, 1, "x"):
        refused = stranger.call("GET", f"/campaigns/{foreign}/history?limit=0")
        assert (refused.status_code, refused.json()["code"]) == (403, "CAMPAIGN_NOT_FOUND"), "before any other check"


def test_consents_are_listed_by_status_address_and_campaign(stack):
    partner, stranger = stack.tenant(), stack.tenant()
    stranger.link("k0@outlook.com")
    links = [partner.link(f"k{n}@outlook.com")["consent_id"] for n in range(3)]
    declined = partner.link("k3@outlook.com")
    partner.follow(declined["url"], "decline")
    done = partner.link("k4@outlook.com")
    partner.follow(done["url"])
    campaign_id = partner.consent(done["consent_id"])["campaign_id"]
    again = patch(partner, campaign_id).json()["data"]["reconnect_consent_id"]
    partner.call("DELETE", f"/consents/{links[0]}")
    change(stack, "UPDATE consents SET expires_at = created_at + interval '1 microsecond' WHERE consent_id = %s", links[1])
    everything = [*links, declined["consent_id"], done["consent_id"], again]
    assert ids(partner.call("GET", "/consents")) == sorted(everything, reverse=True)
    for query, found in [
        ({"status": "open"}, [links[2], again]), ({"status": "revoked"}, [links[0]]), ({"status": "expired"}, [links[1]]),
        ({"status": "declined"}, [declined["consent_id"]]), ({"status": "completed"}, [done["consent_id"]]),
        ({"status": "mismatched"}, []), ({"email": "K2@outlook.com"}, [links[2]]), ({"campaign_id": campaign_id}, [done["consent_id"], again]),
        ({"campaign_id": campaign_id, "status": "open"}, [again]),
    ]:
        answer = partner.call("GET", "/consents", params=query)
        assert ids(answer) == sorted(found, reverse=True), query
        assert all(each["status"] == query.get("status", each["status"]) for each in answer.json()["data"])
        assert "url" not in answer.text
    assert ids(stranger.call("GET", "/consents", params={"campaign_id": campaign_id})) == []
    assert [page for walked in pages(partner, "/consents?limit=4") for page in walked] == sorted(everything, reverse=True)
    refused = partner.call("GET", "/consents", params={"status": "gone", "campaign_id": "x"})
    assert set(refused.json()["errors"]) == {"status", "campaign_id"}
