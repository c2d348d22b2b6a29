"""Many campaigns at once: links in a batch, actions in a job."""

import json

import pytest

from campaigns import EVENTS, campaign, patch
from stack import change, wait_until

pytestmark = pytest.mark.usefixtures("judged")


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


def interrupted(stack, partner, name):
    """Starts an action over twenty campaigns whose process dies after some slices; returns the job."""
    all = [partner.connect(f"{name}{n}@corp-{name}.example") for n in range(20)]
    stack.stop("hearth", 9)
    process = stack.start_hearth(kill_at="command.committed:11")
    job = act(partner, action="start", ids=all)
    process.wait(30)
    change(stack, "UPDATE jobs SET due_at = now() WHERE job_id = %s", job)  # as if the lease had run out
    return job


def active(stack, partner):
    return stack.rows("SELECT count(*) FROM campaigns WHERE tenant_id = %s AND status = 'active'", partner.tenant)[0][0]


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


def test_the_job_of_a_suspended_tenant_waits_until_it_is_resumed(stack):
    partner, other = stack.tenant(), stack.tenant()
    theirs = other.connect("theirs@corp-suspended.example")
    job = interrupted(stack, partner, "suspended")
    stack.cli("tenant", "suspend", partner.tenant)
    done = active(stack, partner)
    stack.start_hearth()
    # By then the worker has polled for due jobs, more than once.
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
    assert active(stack, partner) == done < 20, "the completed part stays"
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
