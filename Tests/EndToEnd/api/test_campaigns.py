"""Campaign commands other than transitions: settings, tags, names, and links to reconnect."""

import json

import httpx
import pytest

import contract
from campaigns import campaign, patch, ready
from stack import change, wait_until

pytestmark = pytest.mark.usefixtures("judged")


def test_an_update_tells_what_it_changed(stack, receiver):
    partner, id = ready(stack, receiver, meta={"ref": 1}, tags=["old"])
    body = {
        "firstName": "😀 Ann", "last_name": "علی\u200cرضا", "ownerEmail": "team@partner.example", "emailsPerDay": 44, "responseRate": 44,
        "enableRampUp": True, "rampupSpeed": "slow", "timezone": "Europe/Paris", "sendingSchedulePresets": "Weekdays - 7am to 7pm",
        "warmupAudienceType": "business", "tags": ["new"], "meta": {"ref": 2}, "unknown": 1,
    }
    answer = patch(partner, id, json=body).json()["data"]
    fields = ["first_name", "last_name", "owner_email", "email_per_day", "response_rate", "with_rampup", "rampup_speed", "timezone",
              "sending_schedule_presets", "warmup_audience_type", "tags", "meta"]
    assert answer["updatedFields"] == fields and answer["meta"] == {"ref": 2} and answer["last_name"] == "علی\u200cرضا"
    (event,) = wait_until(lambda: receiver.events("campaign.updated"), 20, "campaign.updated")
    contract.check_webhook(receiver.deliveries[-1]["headers"], event)
    assert event["data"]["updated_fields"] == fields and event["data"]["status"] == event["data"]["previous_status"] == "pending"
    assert event["account"]["tags"] == ["new"] and event["account"]["meta"] == "ref=2" and event["sequence"] == 2
    assert event["data"]["consent_id"] == campaign(partner, id)[0]["consent_id"]
    assert patch(partner, id, json={"owner_email": ""}).json()["data"]["owner_email"] is None
    assert patch(partner, id, json={"unknown": 1}).json()["data"]["updatedFields"] == []
    wait_until(lambda: len(receiver.events("campaign.updated")) == 2, 20, "the second event, and no third")


def test_tags_are_the_list_that_was_sent(stack):
    partner, id = ready(stack, tags="a,b")
    for body, tags in [
        ({"json": ["b", "c", "b"]}, ["b", "c"]),
        ({"json": {"tags": "d, e,"}}, ["d", "e"]),
        ({"data": {"tags": "f,g"}}, ["f", "g"]),
        ({"data": {"tags[]": ["h", "i"]}}, ["h", "i"]),
        ({"json": ["שלום", " 🦊🦊\n", "a: b"]}, ["שלום", "🦊🦊", "a: b"]),
        ({"json": []}, []),
    ]:
        answer = patch(partner, id, "sync-tags", **body)
        assert answer.json()["data"]["tags"] == tags == campaign(partner, id)[0]["tags"]
        assert patch(partner, id, "sync-tags", **body).json()["data"]["updatedFields"] == []
        assert "set-cookie" not in answer.headers
    for bad in ([str(number) for number in range(10_000)], [""], ["x" * 256], ["a\r\nSet-Cookie: x=1"], ["a\u200bb"], [1], {}, {"tags": 1}):
        assert patch(partner, id, "sync-tags", json=bad).json()["code"] == "VALIDATION_FAILED", str(bad)[:50]
    assert patch(partner, id, "sync-tags", content=b'"a"', headers={"content-type": "application/json"}).json()["code"] == "MALFORMED_JSON"
    assert patch(partner, id, json=["a"]).json()["code"] == "MALFORMED_JSON", "elsewhere an array is not a valid body"


def test_line_breaks_are_for_meta_alone_and_reach_no_header(stack, receiver):
    partner, id = ready(stack, receiver)
    evil = "x\r\nwebhook-signature: v1,forged\r\n\r\n{}"
    refusal = patch(partner, id, json={"tags": [evil], "first_name": evil})
    assert refusal.status_code == 400 and sorted(refusal.json()["errors"]) == ["first_name", "tags[0]"]
    answer = patch(partner, id, json={"meta": {"ref": evil, evil: "y"}})
    assert answer.status_code == 200 and answer.json()["data"]["meta"] == {"ref": evil, evil: "y"}
    wait_until(lambda: receiver.events("campaign.updated"), 20, "campaign.updated")
    (delivery,) = [each for each in receiver.accepted() if each["event"]["type"] == "campaign.updated"]
    assert "forged" not in json.dumps(delivery["headers"])
    assert "\n" not in delivery["event"]["account"]["meta"]


def test_passwords_are_refused_and_not_ignored(stack):
    partner, id = ready(stack)
    for body in ({"smtp": {"host": "a", "password": "p"}}, {"smtp_password": "p"}, {"imap": {"Password": "p"}, "email_per_day": 30}):
        answer = patch(partner, id, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "CREDENTIALS_NOT_ACCEPTED") and '"p"' not in answer.text
    assert campaign(partner, id)[0]["email_per_day"] == 20
    assert patch(partner, id, json={"smtp": {"host": "a"}}).json()["data"]["updatedFields"] == []


def test_an_empty_update_makes_a_link_that_replaces_the_tokens(stack, receiver):
    partner, id = ready(stack, receiver, email="again@corp-again.example", permission_level="read_send")
    first = campaign(partner, id)[0]
    answer = patch(partner, id, headers={"content-type": "multipart/form-data"})
    data = answer.json()["data"]
    assert answer.json()["code"] == "RECONNECT_URL_CREATED" and data["reconnectUrl"] == data["url"]
    url = httpx.URL(data["url"])
    assert url.path.endswith("/oauth2/v2.0/authorize") and "state" in url.params and "client_id" in url.params
    assert url.params["login_hint"] == "again@corp-again.example" and "Mail.Send" in url.params["scope"].split()
    assert "Mail.ReadWrite" not in url.params["scope"], "the granted scopes are requested"
    grants = stack.rows("SELECT grant_id FROM mailboxes WHERE tenant_id = %s", partner.tenant)
    other = partner.follow(data["url"], account="other@corp-again.example")
    assert "Your mailbox is connected" not in other.text
    consent = partner.consent(data["reconnect_consent_id"])
    assert (consent["kind"], consent["status"], consent["outcome_code"]) == ("reconnect", "mismatched", "MAILBOX_MISMATCH")
    assert "connected" in partner.follow(data["url"]).text
    (event,) = wait_until(lambda: receiver.events("campaign.updated"), 20, "campaign.updated")
    assert (event["data"]["consent_id"], event["data"]["updated_fields"]) == (data["reconnect_consent_id"], [])
    after = campaign(partner, id)[0]
    assert (after["id"], after["status_code"], after["consent_id"]) == (id, "pending", data["reconnect_consent_id"])
    assert first["consent_id"] != after["consent_id"]
    assert stack.rows("SELECT grant_id FROM mailboxes WHERE tenant_id = %s", partner.tenant) != grants


def test_who_may_not_use_graph_gets_no_link_but_may_change_settings(stack):
    partner, id = ready(stack)
    change(stack, "DELETE FROM tenant_features WHERE tenant_id = %s", partner.tenant)
    wait_until(lambda: patch(partner, id).json()["code"] == "MS_GRAPH_FEATURE_DISABLED", 10, "the refusal")
    assert patch(partner, id, json={"email_per_day": 21}).status_code == 200


@pytest.mark.parametrize("path, body", [
    ("", {"email_per_day": 1}), ("", {}), ("", {"email_per_day": -1}), ("update-email-per-day", {"email_per_day": 1}),
    ("update-response-rate", {}), ("update-sending-schedule", {}), ("enable-rampup", {}), ("disable-rampup", {}),
    ("fetch-rampup-status", {}), ("sync-tags", ["x"]),
])
def test_foreign_deleted_and_unknown_campaigns_look_alike(stack, path, body):
    ann, theirs = ready(stack)
    bob, gone = ready(stack)
    bob.call("DELETE", f"/campaigns/{gone}")
    answers = [patch(bob, id, path, json=body) for id in (theirs, gone, 1, "x", 10**30)]
    shapes = {(a.status_code, *(json.dumps({**a.json(), "request_id": 0}).split())) for a in answers}
    assert len(shapes) == 1 and answers[0].json()["code"] == "CAMPAIGN_NOT_FOUND" and answers[0].status_code == 403
    assert campaign(ann, theirs)[0]["settings_version"] == 1


def test_a_key_that_may_only_read_changes_nothing(stack):
    partner, id = ready(stack)
    key = stack.cli("key", "create", "--tenant", partner.tenant, "--scopes", "campaigns:read")["key"]
    reader = partner.with_key(key)
    for path in ("", "update-email-per-day", "update-response-rate", "update-sending-schedule", "enable-rampup", "disable-rampup", "sync-tags"):
        answer = patch(reader, id, path, json={})
        assert (answer.status_code, answer.json()["code"], answer.json()["required_scope"]) == (403, "SCOPE_MISSING", "campaigns:write")
    assert patch(reader, id, "fetch-rampup-status").status_code == 200, "a read, whatever its method"


def test_an_update_repeated_with_its_key_is_done_once(stack):
    partner, id = ready(stack)
    _, tag = campaign(partner, id)
    headers = {"idempotency-key": "once", "if-match": tag}
    first = patch(partner, id, json={"email_per_day": 31}, headers=headers)
    second = patch(partner, id, json={"email_per_day": 31}, headers=headers)
    assert second.status_code == 200 and second.content == first.content and second.headers["idempotency-replayed"] == "true"
    assert second.headers["etag"] == first.headers["etag"]
    link = [patch(partner, id, headers={"idempotency-key": "link"}).json()["data"]["url"] for _ in range(2)]
    assert link[0] == link[1]


def test_microsoft_is_the_same_as_ms_graph(stack):
    partner = stack.tenant()
    link = partner.call("POST", "/campaigns/microsoft", files={"email": (None, "ms@outlook.com"), "first_name": (None, "Ann")})
    assert link.status_code == 200 and "connected" in partner.follow(link.json()["data"]["url"]).text
    (found,) = partner.campaigns()
    assert (found["email"], found["first_name"], found["imap_type"]) == ("ms@outlook.com", "Ann", "ms-graph")
    assert stack.tenant(allow=False).call("POST", "/campaigns/microsoft", json={"email": "a@b.example"}).json()["code"] == "MS_GRAPH_FEATURE_DISABLED"


@pytest.mark.parametrize("provider", ["google-oauth", "gmail", "smtp", "sendgrid"])
def test_providers_that_are_not_served_say_so(stack, provider):
    partner = stack.tenant()
    for body in ({"json": {"email": "a@gmail.com", "smtp_password": "hunter2"}}, {"data": {"app_password": "hunter2"}}, {"content": b"x" * 400_000}, {}):
        answer = partner.call("POST", f"/campaigns/{provider}", **body)
        assert (answer.status_code, answer.json()["code"], answer.json()["provider"]) == (501, "PROVIDER_NOT_SUPPORTED", provider)
    assert partner.campaigns() == [] and "hunter2" not in (stack.folder / "hearth.log").read_text()
    assert partner.call("GET", f"/campaigns/{provider}").status_code == 405


def test_a_recheck_says_whether_the_connection_works(stack, receiver):
    partner, id = ready(stack, receiver, email="look@corp-look.example")
    patch(partner, id, "start-warmup")
    fine = partner.call("POST", f"/campaigns/{id}/recheck").json()
    assert (fine["code"], fine["data"]["connection"]) == ("CONNECTION_WORKS", {"works": True, "code": None, "message": None, "remedy": None})
    stack.fault(match={"operation": "messages"}, status=503, retryAfter=7)
    busy = partner.call("POST", f"/campaigns/{id}/recheck")
    assert (busy.status_code, busy.json()["code"]) == (503, "CONNECTION_TEMPORARILY_UNAVAILABLE") and busy.headers["retry-after"]
    stack.control("DELETE", "faults")
    assert campaign(partner, id)[0]["status_code"] == "active", "a transient fault changes nothing"
    stack.control("POST", "accounts/look@corp-look.example/revoke", how="sessions")
    change(stack, "UPDATE grants SET access_expires_at = now() WHERE tenant_id = %s", partner.tenant)
    broken = partner.call("POST", f"/campaigns/{id}/recheck", headers={"idempotency-key": "look"})
    data = broken.json()["data"]
    assert (broken.status_code, broken.json()["code"], data["connection"]["works"]) == (200, "CONNECTION_BROKEN", False)
    assert (data["connection"]["code"], data["connection"]["remedy"]) == ("CONNECTION_REVOKED", "reconnect")
    assert (data["status_code"], data["connection_problem"], data["allowed_actions"]) == ("paused", True, ["start", "resume", "delete"])
    again = partner.call("POST", f"/campaigns/{id}/recheck", headers={"idempotency-key": "look"})
    assert again.content == broken.content and again.headers["idempotency-replayed"] == "true"
    cut = partner.connect("cut@corp-look.example")
    (mailbox,) = stack.rows("SELECT mailbox_id FROM campaigns WHERE campaign_id = %s", cut)[0]
    assert partner.call("POST", f"/mailboxes/{mailbox}/disconnect").status_code == 200
    assert partner.call("POST", f"/campaigns/{cut}/recheck").json()["data"]["connection"]["code"] == "CONNECTION_DISCONNECTED"
    stranger = stack.tenant()
    for foreign in (id, 1, "x"):
        assert stranger.call("POST", f"/campaigns/{foreign}/recheck").json()["code"] == "CAMPAIGN_NOT_FOUND"


def test_all_connections_are_looked_at_when_a_partner_asks(stack, receiver):
    partner = stack.tenant()
    partner.webhook(receiver.url, "campaign.connection_problem,mailbox.disconnected")
    used, lost, waiting = [partner.connect(f"all{n}@corp-all.example") for n in range(3)]
    for id in (used, lost):
        patch(partner, id, "start-warmup")
    assert partner.call("GET", "/campaigns/connections/recheck").json()["data"] == {"connections": 0}, "they have just worked"
    stack.control("POST", "accounts/all1@corp-all.example/revoke", how="sessions")
    change(stack, "UPDATE mailboxes SET last_success_at = now() - interval '1 hour' WHERE tenant_id = %s", partner.tenant)
    change(stack, "UPDATE grants SET access_expires_at = now() WHERE tenant_id = %s", partner.tenant)
    answer = partner.call("POST", "/campaigns/connections/recheck", headers={"idempotency-key": "all"})
    assert answer.json()["data"] == {"connections": 2}, "an unstarted campaign costs no calls"
    (event,) = wait_until(lambda: receiver.events("campaign.connection_problem"), 20, "the fault")
    assert event["account"]["campaign_id"] == lost and event["data"]["connection_problem_code"] == "CONNECTION_REVOKED"
    assert campaign(partner, lost)[0]["status_code"] == "paused" and campaign(partner, used)[0]["status_code"] == "active"
    assert campaign(partner, waiting)[0]["status_code"] == "pending"
    assert partner.call("POST", "/campaigns/connections/recheck", headers={"idempotency-key": "all"}).headers["idempotency-replayed"] == "true"
    key = stack.cli("key", "create", "--tenant", partner.tenant, "--scopes", "campaigns:read")["key"]
    for method in ("GET", "POST"):
        assert partner.with_key(key).call(method, "/campaigns/connections/recheck").json()["code"] == "SCOPE_MISSING"


def test_a_partner_is_told_once_of_a_campaign_that_nobody_starts(stack, receiver):
    partner = stack.tenant()
    partner.webhook(receiver.url, "campaign.pending,campaign.stalled,campaign.started,campaign.paused")
    forgotten, started = [partner.connect(f"stall{n}@corp-stall.example") for n in range(2)]
    patch(partner, started, "start-warmup")
    hours = "SELECT campaign_id, extract(epoch FROM stalls_at - created_at) / 3600 FROM campaigns WHERE tenant_id = %s ORDER BY 1"
    assert stack.rows(hours, partner.tenant) == sorted([(forgotten, 24), (started, None)])
    a_day_later = "UPDATE campaigns SET stalls_at = stalls_at - interval '1 day' WHERE tenant_id = %s"
    change(stack, a_day_later, partner.tenant)
    (event,) = wait_until(lambda: receiver.events("campaign.stalled"), 20, "campaign.stalled")
    assert (event["account"]["campaign_id"], event["sequence"], event["data"]["status"]) == (forgotten, 2, "pending")
    contract.check_webhook(receiver.accepted()[-1]["headers"], event)
    assert stack.rows(hours, partner.tenant) == sorted([(forgotten, None), (started, None)]), "and not again"
    data, _ = campaign(partner, forgotten)
    assert (data["version"], data["allowed_actions"]) == (1, ["start", "resume", "delete"])
    patch(partner, started, "pause-warmup")
    assert partner.connect("stall1@corp-stall.example") == started, "pending again, by a new consent"
    assert [row[1] is not None for row in stack.rows(hours, partner.tenant) if row[0] == started] == [True]
    change(stack, a_day_later, partner.tenant)
    wait_until(lambda: len(receiver.events("campaign.stalled")) == 2, 20, "the other one, later")
