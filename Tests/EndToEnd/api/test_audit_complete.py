"""The audit is complete: every operation of openapi.yaml that changes something or shows a secret leaves exactly its entry."""

import re

import pytest

from objects import Objects, arguments, foreign
from stack import BINARIES, Receiver, Stack, change, wait_until
from offices import Office, delegate
from tenant_rows import rows
from walk import partner_operations

OPERATIONS = partner_operations()

# Credentials: a key, a signing secret, a link for an owner or an administrator.
SECRET = re.compile(r"hearth_\d+_\d+_\w{20}|whsec_|[?&]state=|/invitations/\w|signature=")


def is_read(operation):
    """The contract has some reads as PATCH, recognisable by name."""
    return operation.method == "GET" or operation.path.rsplit("/", 1)[1].startswith(("get-", "fetch-"))


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A stack without workers, so that only the calls change anything."""
    stack = Stack(tmp_path_factory.mktemp("complete"))
    stack.start("hearth", BINARIES / "hearth", "serve", "--only", "api")
    wait_until(lambda: stack.http.get(stack.base + "/readyz").status_code == 200, 60, "Hearth being ready")
    yield stack
    stack.close()


@pytest.fixture(scope="module")
def owner(still):
    owner = still.tenant("Owner")
    receiver = Receiver()
    owner.webhook(receiver.url)
    owner.objects = Objects(owner)
    yield owner
    receiver.close()


def entries(stack, request):
    """(actor, action, subject, source, outcome) of a request."""
    return stack.rows(
        "SELECT actor, action, subject, source, outcome FROM audit_entries WHERE request_id = %s ORDER BY feed_position, entry_id", request)


def contents(stack, tenant):
    return {table: found for table, found in rows(stack, tenant).items() if not table.startswith("audit_")}


def started(owner, call):
    id = int(call["path"].split("/")[2])
    assert owner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200


def due(owner, _):
    """A connection that is due for a check."""
    id = owner.objects.campaign()
    assert owner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    change(owner.stack, "UPDATE mailboxes SET last_success_at = NULL WHERE tenant_id = %s", owner.tenant)


def unused(owner, call):
    for use in owner.call("GET", call["path"]).json()["data"]["campaigns"]:
        owner.call("DELETE", f"/campaigns/{use['id']}")


def shared(owner, call):
    office = Office(owner.stack)
    call["json"] = {"address": office.shared, "mailbox_id": delegate(owner, office.person)}


def organisation(_, call):
    call["json"]["email"] = "admin@corp-noted.example"


def watched(owner, call):
    mailbox = call["path"].split("/")[2]
    assert owner.call("POST", f"/mailboxes/{mailbox}/watch").status_code == 200


# Preparations that the call needs to succeed.
PREPARED = {
    "pauseWarmup": started, "recheckConnections": due, "recheckConnectionsByGet": due, "deleteMailbox": unused,
    "addSharedMailbox": shared, "createAdminConsent": organisation, "getWatch": watched, "syncMailbox": watched,
    "endWatch": watched,
}
# Operations that Hearth does not support.
NEVER = {"createGoogleOauthCampaign", "createGmailCampaign", "createSmtpCampaign", "createSendgridCampaign"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_that_changes_or_shows_something_is_noted(still, owner, operation):
    call = arguments(operation, foreign(owner))
    if operation.id in PREPARED:
        PREPARED[operation.id](owner, call)
    before = contents(still, owner.tenant)
    request, source = f"noted-{operation.id}", "198.51.100.23"
    answer = owner.call(call.pop("method"), call.pop("path"), headers={"x-request-id": request, "x-forwarded-for": source}, **call)
    assert answer.status_code < 300 or operation.id in NEVER, answer.text
    found = entries(still, request)
    changes = contents(still, owner.tenant) != before
    shows = SECRET.search(answer.text)
    if answer.status_code >= 300 or (is_read(operation) and not changes and not shows):
        assert found == [] and not changes
        return
    assert found, "no entry"
    me = "api_key:" + owner.key.split("_")[2]
    for actor, action, subject, address, outcome in found:
        assert (actor, action, address) == (me, f"{operation.method} {operation.path.removeprefix('/api/v1')}", source)
        assert re.fullmatch(r"[a-z-]+:[\w.-]+", subject) and outcome == str(answer.status_code if len(found) == 1 else 200)
