"""Every operator command leaves its entry in the audit of the tenant concerned; commands that concern no tenant leave none."""

import json
import subprocess

import pytest

from mailivery_server import KEY, MailiveryServer, campaign
from openid_provider import CLIENT
from stack import BINARIES, Receiver, Stack

CLIENT_ID = "7c0ffee0-0000-4000-8000-000000000a0d"


def commands():
    """Every command, as listed by the program itself."""
    tree = json.loads(subprocess.run([BINARIES / "hearth", "--experimental-dump-help"], capture_output=True, check=True).stdout)

    def leaves(command, path):
        inner = [each for each in command.get("subcommands", []) if each["commandName"] != "help"]
        if not inner:
            return [" ".join(path)]
        return [leaf for each in inner for leaf in leaves(each, [*path, each["commandName"]])]

    return leaves(tree["command"], [])


class World:
    """A tenant with one of everything that commands act on."""

    def __init__(self, stack, folder):
        self.stack, self.folder = stack, folder
        self.partner = stack.tenant("Noted")
        self.tenant = self.partner.tenant
        self.receiver, self.source = Receiver(), MailiveryServer([campaign(1, "imported@corp-noted.example")])
        self.secret = folder / "secret"
        self.secret.write_text(CLIENT[1] + "\n")
        self.logo = folder / "logo.png"
        self.logo.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(32))

    def run(self, *arguments):
        return self.stack.cli(*arguments)

    def endpoint(self):
        return self.partner.webhook(self.receiver.url)["endpoint_id"]

    def key(self):
        return self.run("key", "create", "--tenant", self.tenant)["key_id"]

    def event(self):
        self.endpoint()
        self.partner.connect("noted@corp-noted.example")
        return f"evt_{self.tenant}_1"

    def member(self):
        self.run("member", "add", "--tenant", self.tenant, "--email", "ada@corp.example", "--role", "manager")
        return "ada@corp.example"

    def app(self):
        made = self.run("microsoft-app", "set", "--tenant", self.tenant, "--client-id", CLIENT_ID, "--secret-file", self.secret)
        return made["app_id"]

    def backup(self):
        file = self.folder / f"{len(list(self.folder.iterdir()))}.dump"
        self.run("backup", file)
        return file

    def mailbox(self):
        self.partner.connect("erased@corp-noted.example")
        found = self.partner.call("GET", "/mailboxes").json()["data"]
        return next(each["id"] for each in found if each["address"].startswith("erased@"))

    def close(self):
        self.receiver.close()
        self.source.close()


# The arguments of each command, which may first create its subject; the action in the audit; and the kind of its
# subject.
NOTED = {
    "tenant show": (lambda w: [w.tenant], "tenant.show", "tenant"),
    "tenant deny": (lambda w: [w.tenant, "ms-graph"], "tenant.deny", "tenant"),
    "tenant allow": (lambda w: [w.tenant, "ms-graph"], "tenant.allow", "tenant"),
    "tenant limits": (lambda w: [w.tenant, "--requests-per-second", 900], "tenant.limits", "tenant"),
    "tenant logo": (lambda w: [w.tenant, "--file", w.logo], "tenant.logo", "tenant"),
    "tenant suspend": (lambda w: [w.tenant], "tenant.status", "tenant"),
    "tenant resume": (lambda w: [w.tenant], "tenant.status", "tenant"),
    "key create": (lambda w: ["--tenant", w.tenant], "key.create", "key"),
    "key list": (lambda w: ["--tenant", w.tenant], "key.list", "tenant"),
    "key revoke": (lambda w: ["--tenant", w.tenant, "--key", w.key()], "key.revoke", "key"),
    "sign-in set": (
        lambda w: ["--tenant", w.tenant, "--issuer", "http://127.0.0.1:1", "--client-id", CLIENT[0], "--secret-file", w.secret],
        "sign-in.set", "sign-in"),
    "sign-in remove": (lambda w: ["--tenant", w.tenant], "sign-in.remove", "tenant"),
    "member add": (
        lambda w: ["--tenant", w.tenant, "--email", "bea@corp.example", "--role", "manager"], "member.add", "member"),
    "member list": (lambda w: ["--tenant", w.tenant], "member.list", "tenant"),
    "member remove": (lambda w: ["--tenant", w.tenant, "--email", w.member()], "member.remove", "member"),
    "webhook add": (lambda w: ["--tenant", w.tenant, "--url", w.receiver.url], "webhook.add", "endpoint"),
    "webhook list": (lambda w: ["--tenant", w.tenant], "webhook.list", "tenant"),
    "webhook enable": (lambda w: ["--tenant", w.tenant, "--endpoint", w.endpoint()], "webhook.enable", "endpoint"),
    "webhook disable": (lambda w: ["--tenant", w.tenant, "--endpoint", w.endpoint()], "webhook.disable", "endpoint"),
    "webhook rotate": (lambda w: ["--tenant", w.tenant, "--endpoint", w.endpoint()], "webhook.rotate", "endpoint"),
    "webhook delete": (lambda w: ["--tenant", w.tenant, "--endpoint", w.endpoint()], "webhook.delete", "endpoint"),
    "event replay": (lambda w: [w.event()], "event.replay", "event"),
    "keys rotate": (lambda w: ["--no-wait"], "keys.rotate", "tenant"),
    "backup": (lambda w: [w.folder / "noted.dump"], "backup", "tenant"),
    "erase": (lambda w: ["--mailbox", w.mailbox()], "mailbox.erase", "erasure"),
    "microsoft-app set": (
        lambda w: ["--tenant", w.tenant, "--client-id", CLIENT_ID, "--secret-file", w.secret], "microsoft-app.set", "microsoft-app"),
    "microsoft-app list": (lambda w: ["--tenant", w.tenant], "microsoft-app.list", "tenant"),
    "microsoft-app rotate-secret": (
        lambda w: ["--tenant", w.tenant, "--app", w.app(), "--secret-file", w.secret], "microsoft-app.rotate", "microsoft-app"),
    "microsoft-app remove": (lambda w: ["--tenant", w.tenant, "--app", w.app()], "microsoft-app.remove", "microsoft-app"),
    "import mailivery": (
        lambda w: ["--tenant", w.tenant, "--base-url", w.source.base, "--key", KEY], "import.mailivery", "tenant"),
}

# Commands that concern no tenant, or that change nothing and print nothing of a tenant's.
UNNOTED = {
    "serve": "the service itself; what it does is noted where it is done",
    "migrate": "the schema, before there is anybody",
    "tenant list": "names and settings that the operator gave",
    "keys status": "counts",
    "doctor": "counts",
    "audit verify": "counts, and looked at as often as one likes",
    "restore": "the entries of the restored database are those of the backup; what puts it into service is noted",
    "sample-partner": "a partner, not the operator",
}
# Commands that create or end a tenant or a quarantine: tested below.
APART = {"tenant create", "tenant delete", "resume-after-restore"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("commands"))
    stack.start_hearth()
    world = World(stack, tmp_path_factory.mktemp("files"))
    yield world
    world.close()
    stack.close()


def entries(stack, tenant):
    return stack.rows(
        """
        SELECT entry_id, actor, action, subject, source, request_id FROM audit_entries WHERE tenant_id = %s
        ORDER BY occurred_at, feed_position
        """, tenant)


def noted(stack, tenant, before, command):
    """The operator's new entries; each names a user and a host."""
    found = [entry[1:] for entry in entries(stack, tenant) if entry not in before and (entry[1] or "").startswith("operator:")]
    for actor, _, _, source, request in found:
        assert len(actor) > len("operator:") and source and request is None, command
    return [(action, subject.split(":")[0]) for _, action, subject, _, _ in found]


def test_every_command_is_in_one_of_the_lists():
    assert sorted(commands()) == sorted([*NOTED, *UNNOTED, *APART]), "say here whether the command is noted, or why it is not"


@pytest.mark.parametrize("command", NOTED)
def test_a_command_is_noted(world, command):
    make, action, subject = NOTED[command]
    arguments = make(world)
    before = entries(world.stack, world.tenant)
    world.run(*command.split(), *arguments)
    found = noted(world.stack, world.tenant, before, command)
    assert (action, subject) in found
    # An import also records each link, because it shows it.
    assert len(found) == (2 if command == "import mailivery" else 1), found


@pytest.mark.parametrize("command", ["tenant list", "keys status", "doctor", "audit verify"])
def test_a_look_is_not_noted(world, command):
    before = entries(world.stack, world.tenant)
    world.stack.cli(*command.split(), check=False)
    assert noted(world.stack, world.tenant, before, command) == []


def test_what_is_refused_has_no_effect_and_no_entry(world):
    before = entries(world.stack, world.tenant)
    for refused in [
        ["member", "add", "--tenant", world.tenant, "--email", "nobody", "--role", "manager"],
        ["member", "remove", "--tenant", world.tenant, "--email", "nobody@corp.example"],
        ["microsoft-app", "remove", "--tenant", world.tenant, "--app", 7],
        ["webhook", "disable", "--tenant", world.tenant, "--endpoint", 7],
        ["key", "revoke", "--tenant", world.tenant, "--key", 7],
        ["tenant", "logo", world.tenant, "--file", world.secret],
    ]:
        assert world.stack.cli(*refused, check=False).returncode == 1, refused
    assert noted(world.stack, world.tenant, before, "refused") == []


def test_the_first_and_the_last_entry_of_a_tenant(world):
    tenant = world.run("tenant", "create", "--name", "Short")["tenant_id"]
    world.run("tenant", "delete", tenant)
    assert noted(world.stack, tenant, [], "both") == [("tenant.create", "tenant"), ("tenant.delete", "tenant")]
