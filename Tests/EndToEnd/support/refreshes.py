"""Kills processes while tokens are renewed, and checks the result."""

import signal
import time

from stack import change, wait_until


def a_day_goes_by(stack, tenant):
    """Makes everything due, all access tokens expired, and ends the leases of dead processes."""
    change(
        stack,
        """UPDATE grants SET due_at = now(), access_expires_at = now(),
               lease_until = CASE WHEN lease_until IS NULL THEN NULL ELSE now() - interval '1 second' END
           WHERE tenant_id = %s AND state = 'live'""",
        tenant,
    )


def connected(stack, partner, count):
    """Started campaigns by id. Half of the organisations invalidate a refresh token as soon as it is used."""
    campaigns = {}
    for number in range(count):
        kind = "strict" if number // 4 % 2 else "lenient"
        domain = f"{kind}{number // 4}.example"
        campaigns[partner.connect(f"m{number}@{domain}")] = kind
        if kind == "strict":
            stack.control("POST", f"organizations/{domain}/rules", rotation="strict")
    for id in campaigns:
        assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    return campaigns


def kill_while_refreshing(stack, partner, kills, dice):
    stack.fault(match={"operation": "token"}, latencyMilliseconds=30, takesEffect=True)
    total = "SELECT coalesce(sum(version), 0) FROM grants WHERE tenant_id = %s"
    for _ in range(kills):
        before = stack.rows(total, partner.tenant)
        a_day_goes_by(stack, partner.tenant)
        wait_until(lambda: stack.rows(total, partner.tenant) != before, 20, "refreshes being under way")
        time.sleep(dice.uniform(0, 0.08))
        stack.stop("hearth", signal.SIGKILL)
        stack.start_hearth()
    stack.control("DELETE", "faults")


def expect_what_microsoft_honours(stack, partner, campaigns):
    """Where used tokens are invalidated, a response lost with its process ends the grant, which its row records;
    elsewhere every grant survives. Returns the lost ones."""
    a_day_goes_by(stack, partner.tenant)
    due = "SELECT 1 FROM grants WHERE tenant_id = %s AND state = 'live' AND due_at <= now() + interval '1 hour'"
    wait_until(lambda: stack.rows(due, partner.tenant) == [], 60, "everything being looked at")
    ends = stack.rows(
        """SELECT c.campaign_id, g.state, g.interrupted, c.status, m.problem FROM campaigns c
           JOIN mailboxes m ON m.tenant_id = c.tenant_id AND m.mailbox_id = c.mailbox_id
           JOIN grants g ON g.tenant_id = m.tenant_id AND g.grant_id = m.grant_id WHERE c.tenant_id = %s""",
        partner.tenant,
    )
    assert len(ends) == len(campaigns)
    lost = [row for row in ends if row[1] != "live"]
    assert {campaigns[row[0]] for row in lost} <= {"strict"}, lost
    assert all(interrupted for _, _, interrupted, _, _ in lost), "the row records that a response was lost"
    assert all((status, problem) == ("paused", "CONNECTION_EXPIRED") for _, _, _, status, problem in lost)
    for id, state, *_ in ends:
        if state == "live":
            campaign = partner.call("GET", f"/campaigns/{id}").json()["data"]
            assert (campaign["status_code"], campaign["connection_problem"]) == ("active", False)
    return lost
