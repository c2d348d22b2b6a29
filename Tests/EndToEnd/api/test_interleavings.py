"""Every order of four commands on one campaign follows the transition table, written down independently here."""

import concurrent.futures
import itertools

COMMANDS = ["start", "pause", "resume", "delete", "consent"]

# status, command -> new status, event; None: nothing happens; an int: the status of the refusal.
MODEL = {
    ("pending", "start"): ("active", "started"), ("pending", "resume"): ("active", "started"), ("pending", "pause"): 409,
    ("pending", "delete"): ("deleted", "deleted"), ("pending", "consent"): ("pending", "pending"),
    ("active", "start"): None, ("active", "resume"): None, ("active", "pause"): ("paused", "paused"),
    ("active", "delete"): ("deleted", "deleted"), ("active", "consent"): ("active", "updated"),
    ("paused", "start"): ("active", "resumed"), ("paused", "resume"): ("active", "resumed"), ("paused", "pause"): None,
    ("paused", "delete"): ("deleted", "deleted"), ("paused", "consent"): ("pending", "pending"),
    ("deleted", "start"): 403, ("deleted", "resume"): 403, ("deleted", "pause"): 403, ("deleted", "delete"): None,
}


def run(partner, number, sequence):
    """Runs one order; returns the expected events of each campaign."""
    email = f"order{number}@outlook.com"
    id = partner.connect(email)
    status, told = "pending", {id: ["pending"]}
    for command in sequence:
        if command == "consent":
            again = partner.connect(email)
            if status == "deleted":
                assert again != id, sequence
                id, status, told[again] = again, "pending", ["pending"]
                continue
            assert again == id, sequence
        else:
            method, path = ("DELETE", "") if command == "delete" else ("PATCH", f"/{command}-warmup")
            answer = partner.call(method, f"/campaigns/{id}{path}")
        expected = MODEL[status, command]
        if isinstance(expected, int):
            assert answer.status_code == expected, (sequence, command, answer.text)
            continue
        if expected:
            status, event = expected
            told[id].append(event)
        if command != "consent":
            assert (answer.status_code, answer.json()["data"]["status_code"]) == (200, status), (sequence, command, answer.text)
    return told


def test_every_order_of_four_commands(stack):
    partner = stack.tenant()
    orders = list(enumerate(itertools.product(COMMANDS, repeat=4)))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        expected = {}
        for told in pool.map(lambda order: run(partner, *order), orders):
            expected.update(told)
    rows = stack.rows("SELECT campaign_id, action, sequence FROM events WHERE campaign_id IS NOT NULL ORDER BY campaign_id, position")
    observed = {}
    for id, action, sequence in rows:
        observed.setdefault(id, []).append(action)
        assert sequence == len(observed[id])
    assert {id: observed[id] for id in expected} == expected
    assert len(orders) == 625
