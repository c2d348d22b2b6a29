"""Settings of campaigns: encodings, atomic refusals, concurrent edits, the daily pool."""

import json
import threading

import pytest

from campaigns import campaign, patch, ready

pytestmark = pytest.mark.usefixtures("judged")

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
    assert form.json()["data"]["updatedFields"] == [], "a form carries them as JSON text"
    for name in ("sending_windows", "sending_windows[]"):
        form = patch(partner, id, "update-sending-schedule", data={name: [json.dumps(window) for window in windows]})
        assert form.json()["data"]["updatedFields"] == [], "or each in a separate field"
    answer = patch(partner, id, "update-sending-schedule", data={"sending_schedule": "Weekdays - 8am to 6pm"})
    assert answer.json()["data"]["updatedFields"] == ["sending_schedule_presets"]
    preset = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "18:00"}]
    assert campaign(partner, id)[0]["sending_windows"] == preset
    linked = partner.connect("windows@outlook.com", sending_windows=windows)
    assert campaign(partner, linked)[0]["sending_windows"] == windows, "a link accepts them as well"


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
        assert status["email_per_day_now"] is None, "only the engine knows"
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
    assert patch(partner, id, headers={"if-match": tag}).status_code == 412, "also when a link is requested"
    assert patch(partner, id, json={"email_per_day": 23}, headers={"if-match": f'"0", {current}'}).status_code == 200
    assert patch(partner, id, json={"email_per_day": 24}, headers={"if-match": "*"}).status_code == 200
    assert patch(partner, id, json={"email_per_day": 25}, headers={"if-match": "W/" + campaign(partner, id)[1]}).status_code == 412
    for garbage in ("24", '"24', ""):
        answer = patch(partner, id, json={"email_per_day": 26}, headers={"if-match": garbage})
        assert (answer.status_code, answer.json()["code"]) == (400, "IF_MATCH_INVALID"), garbage
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    tag = campaign(partner, id)[1]
    assert patch(partner, id, json={"email_per_day": 27}, headers={"if-match": tag}).status_code == 200, "a start does not change the tag"


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
    assert patch(partner, third, "update-email-per-day", json={"email_per_day": 2000}).status_code == 200, "a pending campaign reserves nothing"
    assert patch(partner, third, "start-warmup").json()["code"] == "EMAIL_POOL_EXCEEDED"
    assert patch(partner, ids[1], "update-email-per-day", json={"email_per_day": 0}).status_code == 200
    assert patch(partner, ids[0], "pause-warmup").status_code == 200
    assert partner.call("GET", "/account/limits").json()["data"]["email_per_day"]["used"] == 0
