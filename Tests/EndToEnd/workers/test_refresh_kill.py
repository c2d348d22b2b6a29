"""SIGKILL at random while tokens are renewed: no grant is lost that Microsoft still honours."""

import os
import random
import signal

from refreshes import a_day_goes_by, connected, expect_what_microsoft_honours, kill_while_refreshing
from stack import wait_until

KILLS = int(os.environ.get("HEARTH_REFRESH_KILLS", "25"))
MAILBOXES = 48


def test_killed_while_refreshing(stack):
    partner = stack.tenant()
    campaigns = connected(stack, partner, MAILBOXES)
    kill_while_refreshing(stack, partner, KILLS, random.Random(int(os.environ.get("HEARTH_SEED", "4"))))
    lost = expect_what_microsoft_honours(stack, partner, campaigns)
    assert lost, "no kill fell between Microsoft's answer and the commit: the test proves nothing"


def test_killed_while_using_a_new_token(stack):
    """A new token is committed before it is used, so nothing is lost even if the old one is already invalid."""
    partner = stack.tenant()
    stack.control("POST", "organizations", domain="committed.example")
    stack.control("POST", "organizations/committed.example/rules", rotation="strict")
    id = partner.connect("before@committed.example")
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    grant = "SELECT version, state, interrupted FROM grants WHERE tenant_id = %s"
    version = stack.rows(grant, partner.tenant)[0][0]
    stack.control("DELETE", "requests")
    stack.fault(match={"operation": "messages"}, latencyMilliseconds=5000, times=1)
    a_day_goes_by(stack, partner.tenant)
    wait_until(lambda: stack.control("GET", "requests?operation=messages")["requests"], 60, "the new token being used")
    assert stack.rows(grant, partner.tenant) == [(version + 1, "live", False)]
    stack.stop("hearth", signal.SIGKILL)
    stack.start_hearth()
    assert expect_what_microsoft_honours(stack, partner, {id: "strict"}) == []
    assert stack.rows(grant, partner.tenant) == [(version + 2, "live", False)]
