"""Concurrent commands of every kind on a few mailboxes at two replicas: the results are as if they had run one by one."""

import collections
import concurrent.futures
import itertools
import random

import pytest

from stack import Receiver

ROUNDS = 20
MAILBOXES = 4
COMMANDS = 100
ANSWERS = {
    "start-warmup": {200, 403, 409, 503},
    "resume-warmup": {200, 403, 409, 503},
    "pause-warmup": {200, 403, 409},
    "recheck": {200, 403, 503},
    "delete": {200, 503},
    "disconnect": {200},
    "recheck-mailbox": {200, 503},
    "recheck-all": {200},
}
WEIGHTS = {"start-warmup": 6, "resume-warmup": 4, "pause-warmup": 4, "recheck": 4, "recheck-mailbox": 2, "recheck-all": 1}


@pytest.fixture
def stack(two_replicas):
    return two_replicas


def script(random, campaigns):
    """A hundred commands in random order; each mailbox is deleted or disconnected once, somewhere in the middle."""
    commands = [(name, random.choice(campaigns)) for name in random.choices([*WEIGHTS], [*WEIGHTS.values()], k=COMMANDS - len(campaigns))]
    for number, campaign in enumerate(campaigns):
        commands.insert(random.randrange(COMMANDS // 4, COMMANDS // 2), ("delete" if number % 2 else "disconnect", campaign))
    return commands


def test_a_hundred_mixed_commands_twenty_times(stack):
    random_ = random.Random(7)
    receiver = Receiver()
    partner = stack.tenant()
    partner.webhook(receiver.url)
    headers = {"authorization": f"Bearer {partner.key}"}
    seen = collections.Counter()
    # Long enough for a delete to arrive in the middle of a check.
    stack.fault(match={"operation": "messages"}, latencyMilliseconds=15)

    def send(base, command, campaign):
        id, mailbox = campaign
        method, path = {
            "delete": ("DELETE", f"/campaigns/{id}"),
            "disconnect": ("POST", f"/mailboxes/{mailbox}/disconnect"),
            "recheck": ("POST", f"/campaigns/{id}/recheck"),
            "recheck-mailbox": ("POST", f"/mailboxes/{mailbox}/recheck"),
            "recheck-all": ("POST", "/campaigns/connections/recheck"),
        }.get(command, ("PATCH", f"/campaigns/{id}/{command}"))
        answer = stack.http.request(method, f"{base}/api/v1{path}", headers=headers)
        return command, answer.status_code, answer.json()["code"]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for round in range(ROUNDS):
            ids = [partner.connect(f"m{n}@corp-race{round}-{n}.example") for n in range(MAILBOXES)]
            campaigns = stack.rows("SELECT campaign_id, mailbox_id FROM campaigns WHERE tenant_id = %s AND campaign_id = ANY(%s)", partner.tenant, ids)
            campaigns.sort(key=lambda campaign: ids.index(campaign[0]))
            bases = itertools.cycle([stack.base, stack.second])
            answers = list(pool.map(lambda arguments: send(next(bases), *arguments), script(random_, campaigns)))
            for command, status, code in answers:
                assert status in ANSWERS[command], (round, command, status, code)
                seen[command, status, code] += 1
            for number, id in enumerate(ids):
                answer = partner.call("PATCH", f"/campaigns/{id}/start-warmup")
                ended = (403, "CAMPAIGN_NOT_FOUND") if number % 2 else (409, "CONNECTION_DISCONNECTED")
                assert (answer.status_code, answer.json()["code"]) == ended
    assert {code for _, status, code in seen if status == 403} == {"CAMPAIGN_NOT_FOUND"}
    assert ("start-warmup", 409, "CONNECTION_DISCONNECTED") in seen and ("start-warmup", 403, "CAMPAIGN_NOT_FOUND") in seen
    # Each change has one history row and one event, and the versions have no gaps.
    gaps = "SELECT campaign_id FROM campaign_history WHERE tenant_id = %s GROUP BY campaign_id HAVING count(*) <> max(version)"
    assert stack.rows(gaps, partner.tenant) == []
    logs = (stack.folder / "hearth.log").read_text() + (stack.folder / "second.log").read_text()
    assert '"level":"error"' not in logs
    receiver.close()
