"""Every row of the classification table (contracts/microsoft.md 2.4), from the wire to what partner, owner and operator see.

The mailboxes of all rows are connected and started, their accounts meet their faults at Microsoft, and a day goes by."""

import itertools
from typing import NamedTuple

import psycopg
import pytest

from stack import CLIENT_ID, Receiver, wait_until

numbers = itertools.count()

OWNER = "reconnect"
ADMINISTRATOR = "administrator"
EVENTS = "campaign.connection_problem,mailbox.disconnected,mailbox.reconnected"


class Row(NamedTuple):
    """A refusal that is permanent for the grant: part A of the table."""

    code: int | None
    error: str
    problem: str
    remedy: str
    state: str = "dead"
    suberror: str | None = None
    personal: bool = False

    def __str__(self):
        return " ".join(str(part) for part in (self.error, self.code, self.suberror, "personal" if self.personal else None) if part)


def expired(*codes, **more):
    return [Row(code, "invalid_grant", "CONNECTION_EXPIRED", OWNER, **more) for code in codes]


def revoked(*codes, **more):
    return [Row(code, "invalid_grant", "CONNECTION_REVOKED", OWNER, **more) for code in codes]


def either(problem, remedy, *codes, suberror=None):
    """The same number has been seen under both errors."""
    return [Row(code, error, problem, remedy, "live", suberror) for code in codes for error in ("invalid_grant", "interaction_required")]


PERMANENT = [
    *expired(70008, 700082, 700084, 70043, 50089),
    *expired(70000, personal=True),
    *revoked(50173, 50132, 50133, 65001),
    *[row._replace(state="live") for row in revoked(54005, 501481, 9002313, 700005)],
    *either("CONNECTION_EXPIRED", OWNER, 50076, 50078, 50079, 50072, 50074, suberror="basic_action"),
    *either("CONNECTION_POLICY_BLOCKED", ADMINISTRATOR, 53000, 53001, 53002, 53003, 53004, 530003, 530032, 53011, suberror="message_only"),
    *either("CONNECTION_POLICY_BLOCKED", ADMINISTRATOR, 50131, 50158, 50005, suberror="message_only"),
    *either("CONNECTION_EXPIRED", OWNER, 53004, 50158, suberror="additional_action"),
    *[Row(code, "invalid_grant", "CONNECTION_ACCOUNT_DISABLED", ADMINISTRATOR, "live") for code in (50057, 50034, 51004)],
    *[Row(code, "invalid_grant", "CONNECTION_EXPIRED", OWNER, "live") for code in (50053, 50055, 50144)],
    *[Row(None, error, "CONNECTION_EXPIRED", OWNER) for error in ("interaction_required", "login_required", "consent_required")],
    *[Row(code, "invalid_grant", "CONNECTION_POLICY_BLOCKED", ADMINISTRATOR, "live") for code in (7000112, 70001, 700016)],
    # A number that nobody knows yet.
    *expired(7999999),
]

# Part B: the operator's fault. Part C: it passes.
OPERATORS = [
    *[("invalid_client", code) for code in (7000215, 7000222, 70002, 700027, 7000218, 700025, 500112)],
    *[("unauthorized_client", code) for code in (700016, 70001, 50194, 9002332)],
    *[("invalid_request", code) for code in (900144, 9002313, 90014, 900561, 50011)],
    *[("invalid_scope", code) for code in (70011, 28002, 28003, 700022)],
    *[("invalid_resource", code) for code in (650052, 650056, 650057)],
    ("unsupported_grant_type", 70003),
    ("something_new", 7999998),
]
OF_ALL = [("unauthorized_client", code) for code in (700016, 70001)]
PASSING = [
    *[("temporarily_unavailable", code) for code in (90033, 90024, 90055, 50033, 50087, 50088, 40010, 80014)],
    *[("server_error", code) for code in (90006, 90090, 70012, 50000, None)],
    *[("invalid_grant", code) for code in (50196, 90012, 90055)],
]


def change(stack, sql, *parameters):
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(sql, parameters)


def a_day_goes_by(stack, tenant):
    change(
        stack,
        """UPDATE grants SET due_at = due_at - interval '1 day', access_expires_at = access_expires_at - interval '1 day'
           WHERE tenant_id = %s AND state = 'live'""",
        tenant,
    )


def refuse(stack, target, error, code, suberror=None, **more):
    stack.control(
        "POST", f"{target}/conditions", condition="refused", error=error,
        **({"code": code} if code else {}), **({"suberror": suberror} if suberror else {}), **more,
    )


def grant_of(stack, tenant, campaign):
    names = ["state", "problem", "is_due", "has_token", "stumbles", "pause"]
    rows = stack.rows(
        """SELECT g.state, g.problem, g.due_at IS NOT NULL, g.refresh_token IS NOT NULL, g.stumbles, extract(epoch FROM g.due_at - now())
           FROM grants g JOIN mailboxes m ON m.tenant_id = g.tenant_id AND m.grant_id = g.grant_id
           JOIN campaigns c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id WHERE c.tenant_id = %s AND c.campaign_id = %s""",
        tenant, campaign,
    )
    return dict(zip(names, rows[0]))


def metric(stack, line):
    return line in stack.http.get(f"http://127.0.0.1:{stack.operations_port}/metrics").text


@pytest.fixture(scope="module")
def met(stack):
    """Every row of part A on a mailbox of its own, met by the daily look. Row number to what is there afterwards."""
    receiver = Receiver()
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    campaigns, addresses = {}, {}
    for number, row in enumerate(PERMANENT):
        address = f"row{number}@" + ("outlook.com" if row.personal else f"corp-row{number}.example")
        addresses[number] = address
        campaigns[number] = partner.connect(address)
        assert partner.call("PATCH", f"/campaigns/{campaigns[number]}/start-warmup").status_code == 200
        refuse(stack, f"accounts/{address}", row.error, row.code, row.suberror, signInHelps=row.remedy == OWNER)
    a_day_goes_by(stack, partner.tenant)
    due = "SELECT 1 FROM grants WHERE tenant_id = %s AND due_at IS NOT NULL"
    wait_until(lambda: stack.rows(due, partner.tenant) == [], 60, "all grants being looked at")
    wait_until(lambda: len(receiver.events("mailbox.disconnected")) >= len(PERMANENT), 30, "every mailbox.disconnected")
    yield partner, receiver, campaigns, addresses
    receiver.close()


@pytest.mark.parametrize("number", range(len(PERMANENT)), ids=[f"{number} {row}" for number, row in enumerate(PERMANENT)])
def test_permanent_for_the_grant(stack, met, number):
    partner, receiver, campaigns, addresses = met
    row, id, address = PERMANENT[number], campaigns[number], addresses[number]
    campaign = partner.call("GET", f"/campaigns/{id}").json()["data"]
    assert (campaign["status_code"], campaign["connection_problem"], campaign["connection_problem_code"]) == ("paused", True, row.problem)
    grant = grant_of(stack, partner.tenant, id)
    assert (grant["state"], grant["problem"], grant["is_due"]) == (row.state, row.problem, False)
    assert grant["has_token"] is (row.state == "live"), "what Microsoft may honour again is kept, the rest destroyed"
    events = [event for event in receiver.events("mailbox.disconnected") if event["data"]["campaign_id"] == id]
    assert [(event["data"]["code"], event["data"]["remedy"]) for event in events] == [(row.problem, row.remedy)], "told once"
    told = [event for event in receiver.events("campaign.connection_problem") if event["account"]["email"] == address]
    assert len(told) == 1
    resume = partner.call("PATCH", f"/campaigns/{id}/resume-warmup")
    assert (resume.status_code, resume.json()["code"], resume.json()["remedy"]) == (409, row.problem, row.remedy)
    # The owner's side. Who can do something about it finds a page that connects; who cannot is held up at Microsoft.
    link = partner.link(address)
    if row.remedy == ADMINISTRATOR:
        held = stack.http.get(link["url"] + "&simulator_decision=accept")
        assert held.status_code == 400 and "location" not in held.headers
        stack.control("DELETE", f"accounts/{address}/conditions")
        assert partner.call("PATCH", f"/campaigns/{id}/resume-warmup").status_code == 200, "the old grant works again"
    else:
        assert "Your mailbox is connected" in partner.follow(link["url"]).text
        assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    campaign = partner.call("GET", f"/campaigns/{id}").json()["data"]
    assert (campaign["status_code"], campaign["connection_problem"]) == ("active", False)


def test_no_row_is_the_operators(stack, met):
    assert metric(stack, "hearth_microsoft_applications_refused 0")
    for refusal in ("expired", "revoked", "signInRequired", "policyBlocked", "accountDisabled", "codeRefused"):
        assert metric(stack, f'hearth_token_refreshes_total{{class="{refusal}"}}'), refusal


@pytest.mark.parametrize("error, code", OPERATORS, ids=lambda value: str(value))
def test_the_operators_fault(stack, receiver, error, code):
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    address = f"b{code}@corp-b{code}.example"
    id = partner.connect(address)
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    before = partner.call("GET", f"/campaigns/{id}").json()["data"]
    # What could be said of one organisation as well is said of all.
    refused = f"applications/{CLIENT_ID}" if (error, code) in OF_ALL else f"accounts/{address}"
    refuse(stack, refused, error, code, signInHelps=False)
    a_day_goes_by(stack, partner.tenant)
    # The partner: nothing has happened to the campaign, and nothing can be said of it now.
    wait_until(lambda: metric(stack, "hearth_microsoft_applications_refused 1"), 5, "the alarm")
    assert partner.call("GET", f"/campaigns/{id}").json()["data"] == before
    grant = grant_of(stack, partner.tenant, id)
    assert (grant["state"], grant["problem"], grant["has_token"], grant["stumbles"]) == ("live", None, True, 0)
    # The operator is told in the log, with the number and without a secret.
    log = (stack.folder / "hearth.log").read_text()
    assert f"{error} {code}" in log and "Microsoft refuses the application itself" in log
    start = partner.call("PATCH", f"/campaigns/{id}/pause-warmup"), partner.call("PATCH", f"/campaigns/{id}/resume-warmup")
    assert (start[1].status_code, start[1].json()["code"]) == (503, "CONNECTION_TEMPORARILY_UNAVAILABLE")
    # The fault is mended. A new process has no pause to wait for.
    stack.control("DELETE", f"{refused}/conditions")
    stack.stop("hearth")
    stack.start_hearth()
    assert partner.call("PATCH", f"/campaigns/{id}/resume-warmup").status_code == 200
    change(stack, "UPDATE grants SET due_at = now() WHERE tenant_id = %s", partner.tenant)
    wait_until(lambda: (grant_of(stack, partner.tenant, id)["pause"] or 0) > 3600, 15, "the next look")
    assert metric(stack, "hearth_microsoft_applications_refused 0")
    assert receiver.events() == []


@pytest.fixture(scope="module")
def passing(stack):
    """Every row of part C on a mailbox of its own, met by the daily look."""
    partner = stack.tenant()
    campaigns, seen = {}, {}
    for number, (error, code) in enumerate(PASSING):
        address = f"c{number}@corp-c{number}.example"
        campaigns[number] = partner.connect(address)
        partner.call("PATCH", f"/campaigns/{campaigns[number]}/start-warmup")
        seen[number] = partner.call("GET", f"/campaigns/{campaigns[number]}").json()["data"]
        refuse(stack, f"accounts/{address}", error, code)
    a_day_goes_by(stack, partner.tenant)
    unmet = "SELECT 1 FROM grants WHERE tenant_id = %s AND stumbles = 0"
    wait_until(lambda: stack.rows(unmet, partner.tenant) == [], 60, "all grants being looked at")
    return partner, campaigns, seen


@pytest.mark.parametrize("number", range(len(PASSING)), ids=[f"{error} {code}" for error, code in PASSING])
def test_passing(stack, passing, number):
    partner, campaigns, seen = passing
    (error, code), id = PASSING[number], campaigns[number]
    assert partner.call("GET", f"/campaigns/{id}").json()["data"] == seen[number]
    grant = grant_of(stack, partner.tenant, id)
    assert (grant["state"], grant["problem"], grant["has_token"]) == ("live", None, True)
    longest = 4000 if code == 50196 else 400
    assert longest / 2 < grant["pause"] < longest, "a loop that Microsoft saw is waited out for an hour"
    stack.control("DELETE", f"accounts/c{number}@corp-c{number}.example/conditions")
    change(
        stack,
        """UPDATE grants g SET due_at = now() FROM mailboxes m, campaigns c WHERE m.tenant_id = g.tenant_id AND m.grant_id = g.grant_id
           AND c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id AND c.tenant_id = %s AND c.campaign_id = %s""",
        partner.tenant, id,
    )
    wait_until(lambda: grant_of(stack, partner.tenant, id)["stumbles"] == 0, 15, "the next look")
    assert partner.call("GET", f"/campaigns/{id}").json()["data"]["connection_problem"] is False
    types = {type for (type,) in stack.rows("SELECT type FROM events WHERE tenant_id = %s", partner.tenant)}
    assert types <= {"campaign.pending", "campaign.started", "consent.completed"}


@pytest.mark.parametrize(
    "fault",
    [{"status": status} for status in (429, 500, 502, 503, 504)]
    + [{"status": 429, "retryAfter": 1800}, {"status": 503, "body": "html"}, {"body": "garbage"}, {"body": "close"}],
    ids=str,
)
def test_no_readable_answer_is_never_permanent(stack, receiver, fault):
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    number = next(numbers)
    address = f"h{number}@corp-h{number}.example"
    id = partner.connect(address)
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    before = partner.call("GET", f"/campaigns/{id}").json()["data"]
    stack.fault(match={"operation": "token", "account": address}, **fault)
    a_day_goes_by(stack, partner.tenant)
    wait_until(lambda: grant_of(stack, partner.tenant, id)["stumbles"] == 1, 15, "the fault being noted")
    grant = grant_of(stack, partner.tenant, id)
    assert (grant["state"], grant["problem"], grant["has_token"]) == ("live", None, True)
    assert grant["pause"] > (1700 if "retryAfter" in fault else 200), "Retry-After is waited for"
    stack.control("DELETE", "faults")
    change(stack, "UPDATE grants SET due_at = now() WHERE tenant_id = %s", partner.tenant)
    if "retryAfter" in fault:
        # Microsoft throttles an organisation as one: the process leaves all of it alone for so long.
        wait_until(lambda: grant_of(stack, partner.tenant, id)["pause"] < -2, 15, "the grant being due and left alone")
        stack.stop("hearth")
        stack.start_hearth()
    wait_until(lambda: grant_of(stack, partner.tenant, id)["stumbles"] == 0, 15, "the next look")
    assert partner.call("GET", f"/campaigns/{id}").json()["data"] == before
    assert receiver.events() == []


@pytest.mark.parametrize(
    "fault, problem, remedy",
    [
        ({"status": 403, "error": "ErrorAccessDenied"}, "CONNECTION_SCOPE_MISSING", OWNER),
        ({"status": 403, "error": "ErrorAccountSuspend"}, "CONNECTION_ACCOUNT_DISABLED", ADMINISTRATOR),
        ({"status": 404, "error": "MailboxNotEnabledForRESTAPI"}, "CONNECTION_MAILBOX_MISSING", ADMINISTRATOR),
        ({"status": 401, "error": "InvalidAuthenticationToken"}, None, None),
        ({"status": 429, "retryAfter": 30}, None, None),
        ({"status": 503, "body": "html"}, None, None),
        ({"body": "garbage"}, None, None),
    ],
    ids=str,
)
def test_what_graph_says(stack, fault, problem, remedy):
    partner = stack.tenant()
    number = next(numbers)
    address = f"g{number}@corp-g{number}.example"
    id = partner.connect(address)
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    stack.fault(match={"operation": "messages", "account": address}, **fault)
    a_day_goes_by(stack, partner.tenant)
    if problem:
        wait_until(lambda: grant_of(stack, partner.tenant, id)["problem"] == problem, 15, "the problem")
        resume = partner.call("PATCH", f"/campaigns/{id}/resume-warmup").json()
        assert (resume["code"], resume["remedy"]) == (problem, remedy)
    else:
        wait_until(lambda: grant_of(stack, partner.tenant, id)["stumbles"] == 1, 15, "the fault being noted")
        assert partner.call("GET", f"/campaigns/{id}").json()["data"]["status_code"] == "active"
    assert grant_of(stack, partner.tenant, id)["has_token"], "Graph says nothing about the grant"
    stack.control("DELETE", "faults")
    assert partner.call("PATCH", f"/campaigns/{id}/resume-warmup").status_code == 200


def test_an_organisation_that_removed_the_application_is_alone_with_it(stack, receiver):
    """AADSTS700016 may mean either: a grant of another organisation is the witness, and nobody is held up or alarmed."""
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    lonely, others = partner.connect("a@corp-removed.example"), [partner.connect(f"a@corp-kept{n}.example") for n in range(3)]
    for id in [lonely, *others]:
        partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    stack.control("POST", "organizations/corp-removed.example/conditions", condition="application_removed")
    stack.control("DELETE", "calls")
    a_day_goes_by(stack, partner.tenant)
    wait_until(lambda: grant_of(stack, partner.tenant, lonely)["problem"] == "CONNECTION_POLICY_BLOCKED", 60, "the verdict")
    wait_until(lambda: all((grant_of(stack, partner.tenant, id)["pause"] or 0) > 7200 for id in others), 60, "the others")
    assert stack.control("GET", "calls?organization=corp-removed.example")["refused"] == 1
    assert partner.call("GET", f"/campaigns/{lonely}").json()["data"]["status_code"] == "paused"
    assert metric(stack, "hearth_microsoft_applications_refused 0")
    wait_until(lambda: receiver.events("mailbox.disconnected"), 60, "mailbox.disconnected")
    assert [event["data"]["campaign_id"] for event in receiver.events("mailbox.disconnected")] == [lonely]


@pytest.mark.parametrize(
    "code, status, outcome, words",
    [
        *[(code, 503, "CODE_REFUSED", "Please try again") for code in (54005, 501481, 700005, 70008, 50076)],
        *[(code, 503, "APPLICATION_FAULT", "Please try again") for code in (7000215, 7000222, 7000218, 500112, 900144, 70011, 50194)],
        *[(code, 200, "ADMIN_APPROVAL_REQUIRED", "administrator has to approve") for code in (53003, 53000, 530003, 7000112)],
        *[(code, 503, "TEMPORARY_FAULT", "Please try again") for code in (90033, 90055, 50196)],
    ],
)
def test_what_the_owner_reads(stack, code, status, outcome, words):
    partner = stack.tenant()
    link = partner.link(f"o{next(numbers)}@corp-owners.example")
    stack.fault(match={"operation": "token"}, times=1, error=str(code))
    page = partner.follow(link["url"])
    assert (page.status_code, words in page.text, "Nothing was connected" in page.text) == (status, True, True), page.text
    assert partner.consent(link["consent_id"])["outcome_code"] == outcome
    assert "AADSTS" not in page.text and str(code) not in page.text
    assert "Your mailbox is connected" in partner.follow(link["url"]).text, "the link stays good"
