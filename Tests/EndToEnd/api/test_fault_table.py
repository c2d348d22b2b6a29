"""Every row of the classification of Microsoft's errors, from the wire to what partner, owner and operator see.

The mailboxes of all rows are connected and started, their accounts get their faults at Microsoft, and a day passes."""

import itertools
from typing import NamedTuple

import pytest

from stack import CLIENT_ID, Receiver, change, wait_until

numbers = itertools.count()

OWNER = "reconnect"
ADMINISTRATOR = "administrator"
EVENTS = "campaign.connection_problem,mailbox.disconnected,mailbox.reconnected"


class Row(NamedTuple):
    """An error that is permanent for the grant: part A of the table."""

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
    """The number has been observed under both errors."""
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
    # Faults that one organisation must fix, under either error.
    *[
        Row(code, error, "CONNECTION_POLICY_BLOCKED", ADMINISTRATOR, "live")
        for code, error in (
            (650051, "invalid_client"), (650052, "invalid_client"), (650052, "invalid_resource"), (500014, "invalid_resource"),
            (50105, "interaction_required"), (50105, "access_denied"), (7000112, "unauthorized_client"), (7000112, "invalid_client"),
        )
    ],
    # An unknown number.
    *expired(7999999),
]

# Part B: errors that the operator must fix. Part C: transient faults.
OPERATORS = [
    *[("invalid_client", code) for code in (7000215, 7000222, 700027, 7000218)],
    *[("invalid_client", code) for code in (70002, 700025, 500112)],
    *[("unauthorized_client", code) for code in (700016, 70001, 50194, 9002332)],
    *[("invalid_request", code) for code in (900144, 9002313, 90014, 900561, 50011)],
    *[("invalid_scope", code) for code in (70011, 28002, 28003, 700022)],
    *[("invalid_resource", code) for code in (650056, 650057)],
    ("unsupported_grant_type", 70003),
    ("something_new", 7999998),
]
# The secret is checked first. All other refusals may concern a single organisation or grant.
OF_ALL = [(error, code) for error, code in OPERATORS if code not in (7000215, 7000222, 700027, 7000218)]
PASSING = [
    *[("temporarily_unavailable", code) for code in (90033, 90024, 90055, 50033, 50087, 50088, 40010, 80014)],
    *[("server_error", code) for code in (90006, 90090, 70012, 50000, None)],
    *[("invalid_grant", code) for code in (50196, 90012, 90055)],
]


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
    names = ["state", "problem", "is_due", "has_token", "retries", "pause"]
    rows = stack.rows(
        """SELECT g.state, g.problem, g.due_at IS NOT NULL, g.refresh_token IS NOT NULL, g.retries, extract(epoch FROM g.due_at - now())
           FROM grants g JOIN mailboxes m ON m.tenant_id = g.tenant_id AND m.grant_id = g.grant_id
           JOIN campaigns c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id WHERE c.tenant_id = %s AND c.campaign_id = %s""",
        tenant, campaign,
    )
    return dict(zip(names, rows[0]))


def metric(stack, line):
    return line in stack.http.get(f"http://127.0.0.1:{stack.operations_port}/metrics").text


@pytest.fixture(scope="module")
def met(stack):
    """Puts every row of part A on a separate mailbox and runs the daily check. Returns the result by row number."""
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
    unmet = "SELECT 1 FROM grants WHERE tenant_id = %s AND problem IS NULL"
    wait_until(lambda: stack.rows(unmet, partner.tenant) == [], 60, "all grants being looked at")
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
    assert (grant["state"], grant["problem"], grant["is_due"]) == (row.state, row.problem, row.state == "live")
    assert row.state == "dead" or 3000 < grant["pause"] <= 3600, "it may be fixed at Microsoft: the next check is in an hour"
    assert grant["has_token"] is (row.state == "live"), "tokens that Microsoft may accept again are kept, others destroyed"
    events = [event for event in receiver.events("mailbox.disconnected") if event["data"]["campaign_id"] == id]
    assert [(event["data"]["code"], event["data"]["remedy"]) for event in events] == [(row.problem, row.remedy)], "told once"
    told = [event for event in receiver.events("campaign.connection_problem") if event["account"]["email"] == address]
    assert len(told) == 1
    resume = partner.call("PATCH", f"/campaigns/{id}/resume-warmup")
    assert (resume.status_code, resume.json()["code"], resume.json()["remedy"]) == (409, row.problem, row.remedy)
    # The owner's side: owners who can fix it reconnect; others are stopped at Microsoft.
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
    # Errors that could also concern one organisation are set for all.
    refused = f"applications/{CLIENT_ID}" if (error, code) in OF_ALL else f"accounts/{address}"
    refuse(stack, refused, error, code, signInHelps=False)
    a_day_goes_by(stack, partner.tenant)
    # The partner: the campaign is unchanged, and its connection cannot be checked now.
    wait_until(lambda: metric(stack, "hearth_microsoft_applications_refused 1"), 5, "the alarm")
    assert partner.call("GET", f"/campaigns/{id}").json()["data"] == before
    grant = grant_of(stack, partner.tenant, id)
    assert (grant["state"], grant["problem"], grant["has_token"], grant["retries"]) == ("live", None, True, 0)
    # The operator: the log has the number, but no secret.
    log = (stack.folder / "hearth.log").read_text()
    assert f"{error} {code}" in log and "Microsoft refuses the application itself" in log
    start = partner.call("PATCH", f"/campaigns/{id}/pause-warmup"), partner.call("PATCH", f"/campaigns/{id}/resume-warmup")
    assert (start[1].status_code, start[1].json()["code"]) == (503, "CONNECTION_TEMPORARILY_UNAVAILABLE")
    # The fault is fixed. A new process has no pause to wait for.
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
    """Puts every row of part C on a separate mailbox and runs the daily check."""
    partner = stack.tenant()
    campaigns, seen = {}, {}
    for number, (error, code) in enumerate(PASSING):
        address = f"c{number}@corp-c{number}.example"
        campaigns[number] = partner.connect(address)
        partner.call("PATCH", f"/campaigns/{campaigns[number]}/start-warmup")
        seen[number] = partner.call("GET", f"/campaigns/{campaigns[number]}").json()["data"]
        refuse(stack, f"accounts/{address}", error, code)
    a_day_goes_by(stack, partner.tenant)
    unmet = "SELECT 1 FROM grants WHERE tenant_id = %s AND retries = 0"
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
    assert longest / 2 < grant["pause"] < longest, "after a loop detected by Microsoft the pause is an hour"
    stack.control("DELETE", f"accounts/c{number}@corp-c{number}.example/conditions")
    change(
        stack,
        """UPDATE grants g SET due_at = now() FROM mailboxes m, campaigns c WHERE m.tenant_id = g.tenant_id AND m.grant_id = g.grant_id
           AND c.tenant_id = m.tenant_id AND c.mailbox_id = m.mailbox_id AND c.tenant_id = %s AND c.campaign_id = %s""",
        partner.tenant, id,
    )
    wait_until(lambda: grant_of(stack, partner.tenant, id)["retries"] == 0, 15, "the next look")
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
    wait_until(lambda: grant_of(stack, partner.tenant, id)["retries"] == 1, 15, "the fault being noted")
    grant = grant_of(stack, partner.tenant, id)
    assert (grant["state"], grant["problem"], grant["has_token"]) == ("live", None, True)
    assert grant["pause"] > (1700 if "retryAfter" in fault else 200), "Retry-After is respected"
    stack.control("DELETE", "faults")
    change(stack, "UPDATE grants SET due_at = now() WHERE tenant_id = %s", partner.tenant)
    if "retryAfter" in fault:
        # Microsoft throttles an organisation as a whole: the process calls none of its mailboxes until then.
        wait_until(lambda: grant_of(stack, partner.tenant, id)["pause"] < -2, 15, "the grant being due and left alone")
        stack.stop("hearth")
        stack.start_hearth()
    wait_until(lambda: grant_of(stack, partner.tenant, id)["retries"] == 0, 15, "the next look")
    assert partner.call("GET", f"/campaigns/{id}").json()["data"] == before
    assert receiver.events() == []


@pytest.mark.parametrize("error, code", [pair for pair in OF_ALL if pair[1] not in (700016, 70001)], ids=lambda value: str(value))
def test_what_is_refused_to_one_grant_holds_up_nobody_else(stack, error, code):
    """Grants of other organisations show that the application is accepted, so the grant is retried without a verdict."""
    partner = stack.tenant()
    number = next(numbers)
    address = f"s{number}@corp-s{number}.example"
    lonely, other = partner.connect(address), partner.connect(f"t{number}@corp-t{number}.example")
    for id in (lonely, other):
        partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    refuse(stack, f"accounts/{address}", error, code, signInHelps=False)
    a_day_goes_by(stack, partner.tenant)
    wait_until(lambda: grant_of(stack, partner.tenant, lonely)["retries"] == 1, 15, "the fault being noted")
    wait_until(lambda: (grant_of(stack, partner.tenant, other)["pause"] or 0) > 7200, 15, "the other grant")
    grant = grant_of(stack, partner.tenant, lonely)
    assert (grant["state"], grant["problem"], grant["has_token"]) == ("live", None, True)
    assert metric(stack, "hearth_microsoft_applications_refused 0")
    stack.control("DELETE", f"accounts/{address}/conditions")


GRAPHS = [
    ({"status": 403, "error": "ErrorAccessDenied"}, "CONNECTION_SCOPE_MISSING", OWNER),
    ({"status": 403, "error": "ErrorAccountSuspend"}, "CONNECTION_ACCOUNT_DISABLED", ADMINISTRATOR),
    ({"status": 404, "error": "MailboxNotEnabledForRESTAPI"}, "CONNECTION_MAILBOX_MISSING", ADMINISTRATOR),
]
NO_VERDICTS = [
    {"status": 401, "error": "InvalidAuthenticationToken"},
    {"status": 401, "body": "html"},
    {"status": 403, "body": "html"},
    {"status": 403, "body": "garbage"},
    {"status": 403, "body": "empty"},
    {"status": 403, "error": "SomethingNew"},
    {"status": 404, "body": "html"},
    {"status": 404, "body": "empty"},
    *[{"status": 404, "error": error} for error in ("ResourceNotFound", "UnknownError", "ErrorItemNotFound")],
    {"status": 429, "retryAfter": 30},
    {"status": 503, "body": "html"},
    {"body": "garbage"},
]


def a_started_mailbox(stack, receiver):
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    number = next(numbers)
    address = f"g{number}@corp-g{number}.example"
    id = partner.connect(address)
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    return partner, address, id


def a_quarter_of_an_hour_goes_by(stack, tenant):
    change(stack, "UPDATE grants SET due_at = due_at - interval '16 minutes', suspected_at = suspected_at - interval '16 minutes' WHERE tenant_id = %s", tenant)


@pytest.mark.parametrize("fault, problem, remedy", GRAPHS, ids=str)
def test_what_graph_says_twice_counts(stack, receiver, fault, problem, remedy):
    partner, address, id = a_started_mailbox(stack, receiver)
    before = partner.call("GET", f"/campaigns/{id}").json()["data"]
    stack.fault(match={"operation": "messages", "account": address}, **fault)
    suspected = "SELECT suspected_problem FROM grants WHERE tenant_id = %s"
    a_day_goes_by(stack, partner.tenant)
    wait_until(lambda: stack.rows(suspected, partner.tenant) == [(problem,)], 15, "the first report")
    # A check that comes too early confirms nothing, however often it is repeated.
    for _ in range(3):
        recheck = partner.call("POST", f"/campaigns/{id}/recheck").json()
        assert (recheck["code"], recheck["data"]["connection"]["code"]) == ("CONNECTION_BROKEN", problem)
    assert partner.call("GET", f"/campaigns/{id}").json()["data"] == before
    assert 0 < grant_of(stack, partner.tenant, id)["pause"] <= 900 and receiver.events() == []
    a_quarter_of_an_hour_goes_by(stack, partner.tenant)
    wait_until(lambda: grant_of(stack, partner.tenant, id)["problem"] == problem, 15, "the problem")
    assert partner.call("GET", f"/campaigns/{id}").json()["data"]["status_code"] == "paused"
    resume = partner.call("PATCH", f"/campaigns/{id}/resume-warmup").json()
    assert (resume["code"], resume["remedy"]) == (problem, remedy)
    assert grant_of(stack, partner.tenant, id)["has_token"], "Graph says nothing about the grant"
    wait_until(lambda: len(receiver.events()) == 2, 15, "the events")
    assert sorted(event["type"] for event in receiver.events()) == ["campaign.connection_problem", "mailbox.disconnected"]
    # The fault disappears: the next check notices and reports it, and leaves resuming to the partner.
    stack.control("DELETE", "faults")
    change(stack, "UPDATE grants SET due_at = now() WHERE tenant_id = %s", partner.tenant)
    wait_until(lambda: receiver.events("mailbox.reconnected"), 15, "mailbox.reconnected")
    campaign = partner.call("GET", f"/campaigns/{id}").json()["data"]
    assert (campaign["status_code"], campaign["connection_problem"]) == ("paused", False)
    assert partner.call("PATCH", f"/campaigns/{id}/resume-warmup").status_code == 200


def test_one_report_of_graph_is_forgotten_when_the_next_look_succeeds(stack, receiver):
    partner, address, id = a_started_mailbox(stack, receiver)
    for _ in range(2):
        stack.fault(match={"operation": "messages", "account": address}, status=403, error="ErrorAccessDenied", times=1)
        a_day_goes_by(stack, partner.tenant)
        suspected = "SELECT suspected_problem FROM grants WHERE tenant_id = %s"
        wait_until(lambda: stack.rows(suspected, partner.tenant) == [("CONNECTION_SCOPE_MISSING",)], 15, "the report")
        a_quarter_of_an_hour_goes_by(stack, partner.tenant)
        wait_until(lambda: stack.rows(suspected, partner.tenant) == [(None,)], 15, "the next look")
    assert partner.call("GET", f"/campaigns/{id}").json()["data"]["status_code"] == "active"
    assert receiver.events() == []


def test_a_report_of_graph_does_not_shorten_the_life_of_what_nobody_has_started(stack):
    partner = stack.tenant()
    address = f"g{next(numbers)}@corp-unstarted.example"
    id = partner.connect(address)
    ends = grant_of(stack, partner.tenant, id)["pause"]
    stack.fault(match={"operation": "messages", "account": address}, status=403, error="ErrorAccessDenied")
    for _ in range(2):
        start = partner.call("PATCH", f"/campaigns/{id}/start-warmup")
        assert (start.status_code, start.json()["code"]) == (409, "CONNECTION_SCOPE_MISSING")
        change(stack, "UPDATE grants SET suspected_at = suspected_at - interval '16 minutes' WHERE tenant_id = %s", partner.tenant)
    assert abs(grant_of(stack, partner.tenant, id)["pause"] - ends) < 60
    assert partner.call("GET", f"/campaigns/{id}").json()["data"]["connection_problem"] is True
    stack.control("DELETE", "faults")
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200


@pytest.mark.parametrize("fault", NO_VERDICTS, ids=str)
def test_what_does_not_name_a_fault_of_the_mailbox_passes(stack, receiver, fault):
    partner, address, id = a_started_mailbox(stack, receiver)
    before = partner.call("GET", f"/campaigns/{id}").json()["data"]
    stack.fault(match={"operation": "messages", "account": address}, **fault)
    a_day_goes_by(stack, partner.tenant)
    wait_until(lambda: grant_of(stack, partner.tenant, id)["retries"] == 1, 15, "the fault being noted")
    recheck = partner.call("POST", f"/campaigns/{id}/recheck")
    assert (recheck.status_code, recheck.json()["code"]) == (503, "CONNECTION_TEMPORARILY_UNAVAILABLE")
    assert partner.call("GET", f"/campaigns/{id}").json()["data"] == before
    grant = grant_of(stack, partner.tenant, id)
    assert (grant["state"], grant["problem"], grant["has_token"]) == ("live", None, True)
    assert stack.rows("SELECT suspected_problem FROM grants WHERE tenant_id = %s", partner.tenant) == [(None,)]
    stack.control("DELETE", "faults")
    assert receiver.events() == []


def test_an_organisation_that_removed_the_application_is_alone_with_it(stack, receiver):
    """AADSTS700016 is ambiguous: a working grant of another organisation decides it, without delays or alarms for others."""
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
        *[(code, 200, "CODE_REFUSED", "Please try again") for code in (54005, 501481, 700005, 70008)],
        *[(code, 200, "SIGN_IN_REQUIRED", "Please try again") for code in (50076, 50053)],
        *[(code, 200, "ACCOUNT_DISABLED", "blocked at Microsoft") for code in (50057, 51004)],
        *[(code, 200, "APPLICATION_FAULT", "Please try again") for code in (7000215, 7000222, 7000218, 500112, 900144, 70011, 50194)],
        *[(code, 200, "ADMIN_APPROVAL_REQUIRED", "administrator has to approve") for code in (53003, 53000, 530003, 7000112, 650051, 650052, 500014, 50105)],
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


@pytest.mark.parametrize(
    "fault, status, outcome, words",
    [
        ({"status": 401, "error": "InvalidAuthenticationToken"}, 503, "ACCESS_TOKEN_REFUSED", "Please try again"),
        ({"status": 401, "body": "html"}, 503, "TEMPORARY_FAULT", "Please try again"),
        ({"status": 403, "body": "html"}, 503, "TEMPORARY_FAULT", "Please try again"),
        ({"status": 404, "error": "ResourceNotFound"}, 503, "TEMPORARY_FAULT", "Please try again"),
        ({"status": 403, "error": "ErrorAccountSuspend"}, 200, "ACCOUNT_DISABLED", "blocked at Microsoft"),
        ({"status": 403, "error": "ErrorAccessDenied"}, 200, "SCOPE_MISSING", "A permission is missing"),
        ({"status": 404, "error": "MailboxNotEnabledForRESTAPI"}, 200, "MAILBOX_NOT_IN_CLOUD", "not in Microsoft&#39;s cloud"),
    ],
    ids=str,
)
@pytest.mark.parametrize("operation", ["me", "messages"])
def test_what_the_owner_reads_of_graph(stack, operation, fault, status, outcome, words):
    partner = stack.tenant()
    link = partner.link(f"o{next(numbers)}@corp-owners.example")
    stack.fault(match={"operation": operation}, times=1, **fault)
    page = partner.follow(link["url"])
    assert (page.status_code, "Nothing was connected" in page.text) == (status, True), page.text
    assert words in page.text.replace("'", "&#39;"), page.text
    assert partner.consent(link["consent_id"])["outcome_code"] == outcome
    assert "Your mailbox is connected" in partner.follow(link["url"]).text, "the link stays good"


def test_a_fault_that_passes_uses_up_no_announcement(stack):
    receiver = Receiver()
    partner = stack.tenant()
    partner.webhook(receiver.url, "consent.failed")
    link = partner.link(f"o{next(numbers)}@corp-owners.example")
    for fault in (
        {"match": {"operation": "messages"}, "status": 401, "error": "InvalidAuthenticationToken"},
        {"match": {"operation": "messages"}, "status": 403, "body": "html"},
        {"match": {"operation": "token"}, "error": "54005"},
        {"match": {"operation": "messages"}, "status": 403, "error": "ErrorAccountSuspend"},
        {"match": {"operation": "messages"}, "status": 403, "error": "ErrorAccountSuspend"},
    ):
        stack.fault(times=1, **fault)
        assert "Nothing was connected" in partner.follow(link["url"]).text
    told = [code for (code,) in stack.rows("SELECT data->>'outcome_code' FROM events WHERE tenant_id = %s AND type = 'consent.failed' ORDER BY position", partner.tenant)]
    assert told == ["CODE_REFUSED", "ACCOUNT_DISABLED"], "one event for each reason that needs an action"
    receiver.close()
