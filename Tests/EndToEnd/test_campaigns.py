"""What partners do to campaigns besides moving them: settings, tags, names, and the links by which owners come back."""

import json
import threading

import httpx
import psycopg
import pytest

import contract
from stack import wait_until

EVENTS = "campaign.pending,campaign.updated,campaign.deleted,campaign.started"


@pytest.fixture(autouse=True)
def judged(stack):
    """Every answer of the service is held against openapi.yaml."""

    def look(answer):
        if answer.request.url.port == stack.port:
            answer.read()
            contract.check(answer)

    stack.http.event_hooks["response"] = [look]
    yield
    stack.http.event_hooks["response"] = []


def ready(stack, receiver=None, email="ann@outlook.com", **body):
    partner = stack.tenant()
    if receiver:
        partner.webhook(receiver.url, EVENTS)
    return partner, partner.connect(email, **body)


def campaign(partner, id):
    answer = partner.call("GET", f"/campaigns/{id}")
    return answer.json()["data"], answer.headers["etag"]


def patch(partner, id, path="", **arguments):
    return partner.call("PATCH", f"/campaigns/{id}{path and '/' + path}", **arguments)


def change(stack, sql, *parameters):
    """What no command does."""
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(sql, parameters)


# Settings

ENCODINGS = {
    "json": lambda body: {"json": body},
    "urlencoded": lambda body: {"data": body},
    "multipart": lambda body: {"files": {name: (None, str(value)) for name, value in body.items()}},
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "path, body, field, value",
    [
        ("update-email-per-day", {"email_per_day": 35}, "email_per_day", 35),
        ("update-email-per-day", {"emailsPerDay": "36"}, "email_per_day", 36),
        ("update-email-per-day", {"emailPerDay": "37.0"}, "email_per_day", 37),
        ("update-response-rate", {"response_rate": 55}, "response_rate", 55),
        ("update-response-rate", {"responseRate": "0"}, "response_rate", 0),
        ("update-sending-schedule", {"sending_schedule_presets": "With Weekends - 6am to 10pm"}, "sending_schedule_presets", "With Weekends - 6am to 10pm"),
        ("update-sending-schedule", {"preset": "Weekdays - 7am to 7pm"}, "sending_schedule_presets", "Weekdays - 7am to 7pm"),
        ("update-sending-schedule", {"timezone": "Asia/Kolkata"}, "timezone", "Asia/Kolkata"),
        ("", {"enableRampUp": "true"}, "with_rampup", True),
        ("", {"first_name": "Åsa 🦊", "emailsPerDay": 20}, "first_name", "Åsa 🦊"),
        ("", {"lastName": "אבגד"}, "last_name", "אבגד"),
    ],
)
def test_a_setting_is_taken_in_every_encoding_and_spelling(stack, encoding, path, body, field, value):
    partner, id = ready(stack)
    before, tag = campaign(partner, id)
    answer = patch(partner, id, path, **ENCODINGS[encoding](body))
    assert answer.status_code == 200, answer.text
    changed = answer.json()["data"]
    assert (changed[field], changed["updatedFields"]) == (value, [field])
    after, new_tag = campaign(partner, id)
    assert after[field] == value and answer.headers["etag"] == new_tag != tag
    assert (after["status_code"], after["version"], after["allowed_actions"]) == ("pending", before["version"], before["allowed_actions"])
    again = patch(partner, id, path, **ENCODINGS[encoding](body))
    assert again.json()["data"]["updatedFields"] == [] and again.headers["etag"] == new_tag, "repeating it changes nothing"


def test_windows_of_ones_own_replace_a_preset_and_a_preset_replaces_them(stack):
    partner, id = ready(stack)
    windows = [
        {"days": ["mon", "wed"], "from": "08:30", "to": "12:00"},
        {"days": ["fri"], "from": "20:00", "to": "24:00"},
    ]
    answer = patch(partner, id, "update-sending-schedule", json={"timezone": "Europe/Berlin", "sending_windows": windows})
    assert answer.json()["data"]["updatedFields"] == ["timezone", "sending_windows"]
    data, _ = campaign(partner, id)
    assert (data["sending_windows"], data["sending_schedule_presets"], data["timezone"]) == (windows, None, "Europe/Berlin")
    form = patch(partner, id, "update-sending-schedule", data={"windows": json.dumps(windows)})
    assert form.json()["data"]["updatedFields"] == [], "a form has them as JSON text"
    for name in ("sending_windows", "sending_windows[]"):
        form = patch(partner, id, "update-sending-schedule", data={name: [json.dumps(window) for window in windows]})
        assert form.json()["data"]["updatedFields"] == [], "or each in a field of its own"
    answer = patch(partner, id, "update-sending-schedule", data={"sending_schedule": "Weekdays - 8am to 6pm"})
    assert answer.json()["data"]["updatedFields"] == ["sending_schedule_presets"]
    preset = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "18:00"}]
    assert campaign(partner, id)[0]["sending_windows"] == preset
    linked = partner.connect("windows@outlook.com", sending_windows=windows)
    assert campaign(partner, linked)[0]["sending_windows"] == windows, "a link takes them as well"


@pytest.mark.parametrize(
    "path, body, fields",
    [
        ("update-email-per-day", {}, {"email_per_day"}),
        ("update-email-per-day", {"email_per_day": 2001}, {"email_per_day"}),
        ("update-email-per-day", {"email_per_day": True}, {"email_per_day"}),
        ("update-response-rate", {"response_rate": -1}, {"response_rate"}),
        ("update-sending-schedule", {}, {"sending_schedule_presets"}),
        ("update-sending-schedule", {"timezone": "Mars/Olympus"}, {"timezone"}),
        ("update-sending-schedule", {"sending_windows": []}, {"sending_windows"}),
        ("update-sending-schedule", {"sending_windows": [{"days": ["mon"], "from": "22:00", "to": "06:00"}]}, {"sending_windows[0]"}),
        ("update-sending-schedule", {"sending_windows": [{"days": ["someday"], "from": "08:00", "to": "09:00"}]}, {"sending_windows[0].days"}),
        ("update-sending-schedule", {"sending_windows": [{"days": ["mon"], "from": "08:00", "to": "10:00"}] * 2}, {"sending_windows"}),
        ("update-sending-schedule", {"sending_windows": [{"days": ["mon"], "from": "08:00", "to": "10:00"}], "preset": "Weekdays - 7am to 7pm"}, {"sending_windows"}),
        ("enable-rampup", {"rampup_speed": "warp"}, {"rampup_speed"}),
        ("", {"email_per_day": "x", "responseRate": 101, "timezone": 5, "owner_email": "nobody"}, {"email_per_day", "responseRate", "timezone", "owner_email"}),
        ("", {"tags": [str(number) for number in range(10_000)]}, {"tags"}),
        ("", {"meta": {"tags": [str(number) for number in range(101)]}}, {"tags"}),
        ("", {"meta": "x" * 20_000}, {"meta"}),
        ("", {"first_name": 5, "last_name": "x" * 256}, {"first_name", "last_name"}),
    ],
)
def test_a_bad_setting_is_refused_whole(stack, path, body, fields):
    partner, id = ready(stack)
    before = campaign(partner, id)
    answer = patch(partner, id, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_FAILED")
    assert set(answer.json()["errors"]) == fields
    assert campaign(partner, id) == before


def test_rampup_is_turned_on_and_off_and_asked_for(stack):
    partner, id = ready(stack)
    assert patch(partner, id, "enable-rampup", headers={"content-type": "multipart/form-data"}).json()["data"]["with_rampup"] is True
    assert patch(partner, id, "enable-rampup", data={"rampup_speed": "fast"}).json()["data"]["updatedFields"] == ["rampup_speed"]
    for method in ("PATCH", "GET"):
        status = partner.call(method, f"/campaigns/{id}/fetch-rampup-status").json()["data"]
        assert status["with_rampup"] is True and status["rampup_speed"] == "fast" and status["email_per_day_target"] == 20
        assert status["email_per_day_now"] is None, "only the engine could know"
    assert patch(partner, id, "disable-rampup").json()["data"]["updatedFields"] == ["with_rampup"]


def test_if_match_lets_one_of_two_editors_through(stack):
    partner, id = ready(stack)
    _, tag = campaign(partner, id)
    assert patch(partner, id, json={"email_per_day": 21}, headers={"if-match": tag}).status_code == 200
    stale = patch(partner, id, json={"email_per_day": 22}, headers={"if-match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "SETTINGS_CHANGED")
    data, current = campaign(partner, id)
    assert data["email_per_day"] == 21 and stale.json()["current_etag"] == stale.headers["etag"] == current
    assert patch(partner, id, "sync-tags", json=[], headers={"if-match": tag}).status_code == 412
    assert patch(partner, id, headers={"if-match": tag}).status_code == 412, "also where a link is asked for"
    assert patch(partner, id, json={"email_per_day": 23}, headers={"if-match": f'"0", {current}'}).status_code == 200
    assert patch(partner, id, json={"email_per_day": 24}, headers={"if-match": "*"}).status_code == 200
    assert patch(partner, id, json={"email_per_day": 25}, headers={"if-match": "W/" + campaign(partner, id)[1]}).status_code == 412
    for garbage in ("24", '"24', ""):
        answer = patch(partner, id, json={"email_per_day": 26}, headers={"if-match": garbage})
        assert (answer.status_code, answer.json()["code"]) == (400, "IF_MATCH_INVALID"), garbage
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    tag = campaign(partner, id)[1]
    assert patch(partner, id, json={"email_per_day": 27}, headers={"if-match": tag}).status_code == 200, "a start leaves the tag alone"


def test_of_many_editors_with_one_tag_exactly_one_wins(stack, receiver):
    partner, id = ready(stack, receiver)
    _, tag = campaign(partner, id)
    codes = []

    def edit(number):
        codes.append(patch(partner, id, json={"email_per_day": 30 + number}, headers={"if-match": tag}).status_code)

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] + [412] * 11
    assert stack.rows("SELECT count(*) FROM events WHERE type = 'campaign.updated' AND campaign_id = %s", id) == [(1,)]


# The daily pool


def test_active_campaigns_never_hold_more_than_the_pool(stack):
    partner = stack.tenant()
    ids = [partner.connect(f"pool{number}@outlook.com", email_per_day=400) for number in range(2)]
    stack.cli("tenant", "limits", partner.tenant, "--email-per-day", 1000)
    for id in ids:
        assert patch(partner, id, "start-warmup").status_code == 200
    assert partner.call("GET", "/account/limits").json()["data"]["email_per_day"] == {"total": 1000, "used": 800, "available": 200}
    before = campaign(partner, ids[0])
    for path, body in [("update-email-per-day", {"email_per_day": 601}), ("", {"emailsPerDay": 601, "tags": ["lost"]})]:
        refused = patch(partner, ids[0], path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "EMAIL_POOL_EXCEEDED")
        assert campaign(partner, ids[0]) == before, "refused whole"
    assert patch(partner, ids[0], "update-email-per-day", json={"email_per_day": 600}).status_code == 200
    third = partner.connect("pool2@outlook.com", email_per_day=1)
    assert patch(partner, third, "update-email-per-day", json={"email_per_day": 2000}).status_code == 200, "pending holds nothing"
    assert patch(partner, third, "start-warmup").json()["code"] == "EMAIL_POOL_EXCEEDED"
    assert patch(partner, ids[1], "update-email-per-day", json={"email_per_day": 0}).status_code == 200
    assert patch(partner, ids[0], "pause-warmup").status_code == 200
    assert partner.call("GET", "/account/limits").json()["data"]["email_per_day"]["used"] == 0


# Update, events, tags


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
    assert patch(partner, id, json=["a"]).json()["code"] == "MALFORMED_JSON", "elsewhere an array is no body"


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


# Reconnecting


def test_an_empty_update_makes_a_link_that_replaces_the_tokens(stack, receiver):
    partner, id = ready(stack, receiver, email="again@corp-again.example", permission_level="read_send")
    first = campaign(partner, id)[0]
    answer = patch(partner, id, headers={"content-type": "multipart/form-data"})
    data = answer.json()["data"]
    assert answer.json()["code"] == "RECONNECT_URL_CREATED" and data["reconnectUrl"] == data["url"]
    url = httpx.URL(data["url"])
    assert url.path.endswith("/oauth2/v2.0/authorize") and "state" in url.params and "client_id" in url.params
    assert url.params["login_hint"] == "again@corp-again.example" and "Mail.Send" in url.params["scope"].split()
    assert "Mail.ReadWrite" not in url.params["scope"], "what was granted is what is asked for"
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


# Bounds between tenants


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


# Lists


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["data"]]


def pages(partner, path):
    """Every page of a list, by its Link header, which must say the same as next_cursor."""
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


HOSTILE = ["x", "AAAA", "AQEAAAAAAAAAAQ==", "AQEAAAAAAAAAAA", "AQH__________w", "AgEAAAAAAAAAAQ", "'; DROP TABLE campaigns", "\0", "é", "A" * 10_000, "-1", "1", "null"]


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
    assert ids(stranger.call("GET", "/campaigns", params={"cursor": cursors["/campaigns"]})) == [theirs], "a place, no permission"


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
        assert (refused.status_code, refused.json()["code"]) == (403, "CAMPAIGN_NOT_FOUND"), "before anything else is looked at"


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


# Other ways of connecting


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


# Looking at connections


def test_a_recheck_says_whether_the_connection_works(stack, receiver):
    partner, id = ready(stack, receiver, email="look@corp-look.example")
    patch(partner, id, "start-warmup")
    fine = partner.call("POST", f"/campaigns/{id}/recheck").json()
    assert (fine["code"], fine["data"]["connection"]) == ("CONNECTION_WORKS", {"works": True, "code": None, "message": None, "remedy": None})
    stack.fault(match={"operation": "messages"}, status=503, retryAfter=7)
    busy = partner.call("POST", f"/campaigns/{id}/recheck")
    assert (busy.status_code, busy.json()["code"]) == (503, "CONNECTION_TEMPORARILY_UNAVAILABLE") and busy.headers["retry-after"]
    stack.control("DELETE", "faults")
    assert campaign(partner, id)[0]["status_code"] == "active", "a passing fault changes nothing"
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
    assert answer.json()["data"] == {"connections": 2}, "what waits for its start costs nothing"
    (event,) = wait_until(lambda: receiver.events("campaign.connection_problem"), 20, "the fault")
    assert event["account"]["campaign_id"] == lost and event["data"]["connection_problem_code"] == "CONNECTION_REVOKED"
    assert campaign(partner, lost)[0]["status_code"] == "paused" and campaign(partner, used)[0]["status_code"] == "active"
    assert campaign(partner, waiting)[0]["status_code"] == "pending"
    assert partner.call("POST", "/campaigns/connections/recheck", headers={"idempotency-key": "all"}).headers["idempotency-replayed"] == "true"
    key = stack.cli("key", "create", "--tenant", partner.tenant, "--scopes", "campaigns:read")["key"]
    for method in ("GET", "POST"):
        assert partner.with_key(key).call(method, "/campaigns/connections/recheck").json()["code"] == "SCOPE_MISSING"


# Many at once


def test_a_batch_makes_a_link_for_each_good_element(stack, receiver):
    partner = stack.tenant()
    elements = [
        {"email": "b0@outlook.com", "tags": ["😀"], "meta": {"n": 0}}, {"email": "nobody"}, {}, "text",
        {"email": "b4@outlook.com", "emailsPerDay": "33"}, {"email": "b5@outlook.com", "email_per_day": -1},
    ]
    answer = partner.call("POST", "/campaigns/ms-graph/batch", json={"campaigns": elements})
    body = answer.json()
    assert (answer.status_code, body["succeeded"], body["failed"], body["warnings"]) == (200, 2, 4, ["NO_WEBHOOK_ENDPOINT"])
    assert [(each["index"], each["success"]) for each in body["data"]] == [(0, True), (1, False), (2, False), (3, False), (4, True), (5, False)]
    assert [each["status"] for each in body["data"]] == [200, 400, 400, 400, 200, 400]
    assert [list(each.get("errors", {})) for each in body["data"]] == [[], ["email"], ["email"], ["campaigns[3]"], [], ["email_per_day"]]
    assert all(each["code"] == ("CONSENT_URL_CREATED" if each["success"] else "VALIDATION_FAILED") for each in body["data"])
    for index in (0, 4):
        assert "connected" in partner.follow(body["data"][index]["data"]["url"]).text
    first, second = partner.campaigns()
    assert (first["tags"], first["meta"], second["email_per_day"]) == (["😀"], {"n": 0}, 33)


def test_a_batch_has_bounds_and_is_repeated_with_its_key(stack):
    partner = stack.tenant()
    call = lambda **body: partner.call("POST", "/campaigns/ms-graph/batch", **body)
    for bad in ({"json": {}}, {"json": []}, {"json": {"campaigns": {}}}, {"json": [{"email": f"m{n}@outlook.com"} for n in range(101)]}, {"data": {"campaigns": "x"}}):
        assert (call(**bad).status_code, list(call(**bad).json()["errors"])) == (400, ["campaigns"])
    bare = [{"email": f"m{n}@outlook.com"} for n in range(100)]
    headers = {"idempotency-key": "batch"}
    first = call(json=bare, headers=headers)
    assert first.json()["succeeded"] == 100 and len({each["data"]["consent_id"] for each in first.json()["data"]}) == 100
    assert call(json=bare, headers=headers).content == first.content
    assert stack.rows("SELECT count(*) FROM consents WHERE tenant_id = %s", partner.tenant) == [(100,)]
    for form in ({"data": {"campaigns": json.dumps(bare[:2])}}, {"data": {"campaigns[]": [json.dumps(each) for each in bare[:2]]}}):
        assert call(**form).json()["succeeded"] == 2
    assert call(files={"campaigns": (None, json.dumps(bare[0]))}).json()["succeeded"] == 1
    assert stack.tenant(allow=False).call("POST", "/campaigns/ms-graph/batch", json=bare).json()["code"] == "MS_GRAPH_FEATURE_DISABLED"


def act(partner, headers=None, **body):
    answer = partner.call("POST", "/campaigns/actions", json=body, headers=headers or {})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/v1/jobs/{answer.json()['data']['id']}"
    return answer.json()["data"]["id"]


def finished(partner, job):
    return wait_until(lambda: (data := partner.call("GET", f"/jobs/{job}").json()["data"])["status"] != "running" and data, 30, "the job's end")


def test_an_action_over_ids_does_each_by_itself(stack, receiver):
    partner, stranger = stack.tenant(), stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    all = [partner.connect(f"act{n}@corp-act.example") for n in range(12)]
    theirs = stranger.connect("theirs@corp-act.example")
    patch(partner, all[0], "start-warmup")
    stack.control("POST", "accounts/act1@corp-act.example/revoke", how="sessions")
    change(stack, "UPDATE grants SET access_expires_at = now() WHERE tenant_id = %s", partner.tenant)
    job = finished(partner, act(partner, action="start", ids=[*all, theirs, 7, str(all[0])]))
    assert (job["status"], job["total"], job["succeeded"], job["failed"]) == ("completed", 14, 11, 3)
    assert {(p["id"], p["code"]) for p in job["problems"]} == {
        (all[1], "CONNECTION_REVOKED"), (theirs, "CAMPAIGN_NOT_FOUND"), (7, "CAMPAIGN_NOT_FOUND")}
    assert {c["id"] for c in partner.campaigns() if c["status_code"] == "active"} == set(all) - {all[1]}
    assert campaign(stranger, theirs)[0]["status_code"] == "pending"
    wait_until(lambda: len(receiver.events("campaign.started")) == 11, 20, "one event each")
    entry = partner.call("GET", f"/campaigns/{all[5]}/history").json()["data"][0]
    assert entry["actor"].startswith("api_key:") and entry["request_id"]
    for form in ({"ids": [all[2], all[3]]}, {"ids": f"{all[2]},{all[3]}"}, {"ids[]": [all[2], all[3]]}):
        answer = partner.call("POST", "/campaigns/actions", data={"action": "start", **form})
        assert finished(partner, answer.json()["data"]["id"])["succeeded"] == 2, "forms say the same"
    refused = finished(partner, act(partner, action="pause", ids=[all[1]]))
    assert [p["code"] for p in refused["problems"]] == ["INVALID_STATE_TRANSITION"]


def test_an_action_over_a_filter_means_what_fits_it(stack):
    partner, stranger = stack.tenant(), stack.tenant()
    theirs = stranger.connect("f@corp-filter.example", tags=["x"])
    all = [partner.connect(f"f{n}@corp-filter.example", tags=["x"] if n < 10 else ["y"]) for n in range(12)]
    job = finished(partner, act(partner, action="start", filter={"status": "pending", "tag": "x"}))
    assert (job["status"], job["total"], job["succeeded"], job["failed"]) == ("completed", 10, 10, 0)
    assert [c["id"] for c in partner.campaigns() if c["status_code"] == "active"] == sorted(all[:10])
    changed = finished(partner, act(partner, action="update", filter={"tag": "x"}, changes={"emailsPerDay": 9, "tags": ["z"]}))
    assert (changed["succeeded"], changed["total"]) == (10, 10)
    assert [(c["email_per_day"], c["tags"]) for c in partner.campaigns()] == [(9, ["z"])] * 10 + [(20, ["y"])] * 2
    for form in ({"filter[email]": "f11@corp-filter.example"}, {"filter": json.dumps({"email": "f11@corp-filter.example"})}):
        answer = partner.call("POST", "/campaigns/actions", data={"action": "start", **form})
        assert finished(partner, answer.json()["data"]["id"])["total"] == 1, "forms say the same"
    nothing = finished(partner, act(partner, action="delete", filter={"email": "none@corp-filter.example"}))
    assert (nothing["total"], nothing["succeeded"]) == (0, 0)
    gone = finished(partner, act(partner, action="delete", filter={"tag": "z"}))
    assert gone["succeeded"] == 10 and [c["id"] for c in partner.campaigns()] == sorted(all[10:])
    assert campaign(stranger, theirs)[0]["status_code"] == "pending" and campaign(stranger, theirs)[0]["tags"] == ["x"]


def test_an_action_is_begun_once_with_its_key_and_survives_its_process(stack):
    partner = stack.tenant()
    all = [partner.connect(f"kill{n}@corp-kill.example") for n in range(20)]
    stack.stop("hearth", 9)
    process = stack.start_hearth(kill_at="command.committed:11")
    headers = {"idempotency-key": "act"}
    first = act(partner, headers, action="start", ids=all)
    process.wait(30)
    stack.start_hearth()
    assert act(partner, headers, action="start", ids=all) == first
    change(stack, "UPDATE jobs SET due_at = now() WHERE job_id = %s", first)  # as if the lease had run out
    job = finished(partner, first)
    assert (job["status"], job["succeeded"], job["failed"]) == ("completed", 20, 0)
    assert stack.rows("SELECT count(*), count(DISTINCT campaign_id) FROM events WHERE tenant_id = %s AND type = 'campaign.started'", partner.tenant) == [(20, 20)]


def interrupted(stack, partner, name):
    """An action over twenty campaigns, after some slices of which the process has died; its job."""
    all = [partner.connect(f"{name}{n}@corp-{name}.example") for n in range(20)]
    stack.stop("hearth", 9)
    process = stack.start_hearth(kill_at="command.committed:11")
    job = act(partner, action="start", ids=all)
    process.wait(30)
    change(stack, "UPDATE jobs SET due_at = now() WHERE job_id = %s", job)  # as if the lease had run out
    return job


def active(stack, partner):
    return stack.rows("SELECT count(*) FROM campaigns WHERE tenant_id = %s AND status = 'active'", partner.tenant)[0][0]


def test_the_job_of_a_suspended_tenant_waits_until_it_is_resumed(stack):
    partner, other = stack.tenant(), stack.tenant()
    theirs = other.connect("theirs@corp-suspended.example")
    job = interrupted(stack, partner, "suspended")
    stack.cli("tenant", "suspend", partner.tenant)
    done = active(stack, partner)
    stack.start_hearth()
    # The worker has looked at what is due by then, and more than once.
    for action in ["start", "pause"]:
        assert finished(other, act(other, action=action, ids=[theirs]))["succeeded"] == 1
    assert active(stack, partner) == done < 20
    assert stack.rows("SELECT status FROM jobs WHERE job_id = %s", job) == [("running",)]
    stack.cli("tenant", "resume", partner.tenant)
    ended = wait_until(lambda: (data := partner.call("GET", f"/jobs/{job}")).status_code == 200 and data.json()["data"]["status"] != "running" and data.json()["data"], 60, "the job's end")
    assert (ended["status"], ended["succeeded"], ended["reason"]) == ("completed", 20, None) and active(stack, partner) == 20


def test_the_job_of_a_revoked_key_ends_with_the_reason(stack):
    partner = stack.tenant()
    job = interrupted(stack, partner, "revoked")
    stack.cli("key", "revoke", "--tenant", partner.tenant, "--key", partner.key.split("_")[2])
    partner.key = stack.cli("key", "create", "--tenant", partner.tenant)["key"]
    done = active(stack, partner)
    stack.start_hearth()
    ended = finished(partner, job)
    assert (ended["status"], ended["reason"]) == ("cancelled", "KEY_REVOKED") and ended["succeeded"] < 20
    assert active(stack, partner) == done < 20, "what it had done stays done"
    path = f"/audit?subject=job:{job}&action=job.cancel"
    (entry,) = wait_until(lambda: partner.call("GET", path).json()["data"], 60, "the audit entry")
    assert (entry["actor"], entry["outcome"]) == ("hearth", "KEY_REVOKED")


@pytest.mark.parametrize("body, fields", [
    ({}, {"action"}), ({"action": "fly", "ids": [1]}, {"action"}), ({"action": "consent", "ids": [1]}, {"action"}), ({"action": "start"}, {"ids"}),
    ({"action": "start", "ids": []}, {"ids"}), ({"action": "start", "ids": ["x"]}, {"ids"}), ({"action": "start", "ids": [0]}, {"ids"}),
    ({"action": "start", "ids": [1.5]}, {"ids"}), ({"action": "start", "ids": [10**16]}, {"ids"}), ({"action": "start", "ids": list(range(1, 10_002))}, {"ids"}),
    ({"action": "delete", "filter": {}}, {"filter"}), ({"action": "delete", "filter": {"statuss": "paused"}}, {"filter"}), ({"action": "delete", "filter": []}, {"filter"}),
    ({"action": "start", "ids": [1], "filter": {"tag": "x"}}, {"filter"}), ({"action": "start", "filter": {"status": "deleted"}}, {"filter.status"}),
    ({"action": "update", "ids": [1]}, {"changes"}), ({"action": "update", "ids": [1], "changes": {}}, {"changes"}),
    ({"action": "update", "ids": [1], "changes": {"email_per_day": 2001, "smtp": {"password": "p"}}}, {"changes.smtp.password"}),
    ({"action": "update", "ids": [1], "changes": {"email_per_day": 2001}}, {"changes.email_per_day"}),
])
def test_actions_that_mean_nothing_are_refused(stack, body, fields):
    partner = stack.tenant()
    answer = partner.call("POST", "/campaigns/actions", json=body)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["errors"])) == (400, "VALIDATION_FAILED", fields)
    assert partner.call("GET", "/jobs").json()["data"] == []


# Forgotten campaigns


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
