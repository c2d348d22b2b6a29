"""A client generated from openapi.yaml by a third-party tool runs the main flow."""

import importlib
import pathlib
import subprocess
import sys

import pytest
import yaml

from stack import ROOT, wait_until


@pytest.fixture(scope="module")
def hearth(tmp_path_factory):
    """The generated package, imported. It lacks whatever the generator could not read."""
    folder = tmp_path_factory.mktemp("client")
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "openapi-python-client", "generate", "--path", ROOT / "openapi.yaml",
         "--output-path", folder, "--overwrite", "--meta", "none", "--config", configuration(folder)],
        capture_output=True, text=True,
    )
    assert done.returncode == 0 and "WARNING parsing" not in done.stdout, done.stdout + done.stderr
    sys.path.insert(0, str(folder.parent))
    yield folder.name
    sys.path.remove(str(folder.parent))


def configuration(folder):
    """Configures the generator to treat YAML and images as bytes, and to run no formatter."""
    file = folder.parent / "generator.yaml"
    file.write_text("post_hooks: []\ncontent_type_overrides:\n" + "".join(
        f"  {kind}: application/octet-stream\n" for kind in ("application/yaml", "image/png", "image/jpeg", "image/webp")))
    return file


class Calls:
    """Every operation by its operationId in the generator's spelling."""

    def __init__(self, package, stack, key):
        self.package = package
        client = importlib.import_module(f"{package}.client")
        self.client = client.AuthenticatedClient(base_url=stack.base, token=key, httpx_args={"trust_env": False})

    def __getattr__(self, name):
        [module] = [
            path for path in pathlib.Path(importlib.import_module(self.package).__path__[0], "api").rglob(f"{name}.py")
        ]
        call = importlib.import_module(f"{self.package}.api.{module.parent.name}.{name}").sync_detailed
        return lambda *arguments, **named: call(*arguments, client=self.client, **named).parsed

    def model(self, name):
        return getattr(importlib.import_module(f"{self.package}.models"), name)


def test_main_flow(stack, hearth):
    partner = stack.tenant()
    calls = Calls(hearth, stack, partner.key)

    request = calls.model("MsGraphCampaignRequest")(email="generated@outlook.com", email_per_day=9, tags=["a", "b"])
    created = calls.create_ms_graph_campaign(body=request, idempotency_key="once")
    again = calls.create_ms_graph_campaign(body=request, idempotency_key="once")
    assert created.code == "CONSENT_URL_CREATED" and again.data.url == created.data.url
    assert calls.get_consent(created.data.consent_id).data.status == calls.model("ConsentStatus").OPEN

    partner.follow(created.data.url)
    consent = calls.get_consent(created.data.consent_id).data
    campaign = calls.get_campaign(consent.campaign_id).data
    pending, active, paused = (getattr(calls.model("CampaignStatus"), name) for name in ("PENDING", "ACTIVE", "PAUSED"))
    assert (campaign.status_code, campaign.email_per_day, campaign.tags) == (pending, 9, ["a", "b"])
    assert [each.id for each in calls.list_campaigns().data] == [campaign.id]

    assert calls.start_warmup(campaign.id).data.status_code == active
    assert calls.pause_warmup(campaign.id).data.status_code == paused
    assert calls.resume_warmup(campaign.id).data.status_code == active
    assert calls.get_account_limits().data.email_per_day.used == 9
    assert calls.delete_campaign(campaign.id).data.allowed_actions == []
    assert calls.get_campaign(campaign.id).code == "CAMPAIGN_NOT_FOUND"

    feed = wait_until(lambda: (lambda page: page if len(page.data) >= 6 else None)(calls.list_events()), 10, "the feed")
    types = [event.type_ for event in feed.data]
    assert sorted(types) == sorted(["consent.completed"] + [f"campaign.{verb}" for verb in ("pending", "started", "paused", "resumed", "deleted")])
    started = next(event for event in feed.data if event.type_ == "campaign.started")
    assert isinstance(started.data, calls.model("CampaignEventData")) and started.data.previous_status == pending


def test_keys(stack, hearth):
    calls = Calls(hearth, stack, stack.tenant().key)
    scope = calls.model("Scope")
    made = calls.create_key(body=calls.model("KeyRequest")(name="reading", scopes=[scope.CAMPAIGNSREAD])).data
    reading = Calls(hearth, stack, made.key)
    assert reading.list_campaigns().data == [] and reading.list_keys().code == "SCOPE_MISSING"
    assert [key.name for key in calls.list_keys().data if key.is_current] == ["default"]
    assert calls.revoke_key(made.id).data.status == calls.model("KeyStatus").REVOKED
    wait_until(lambda: reading.list_campaigns().code == "UNAUTHENTICATED", 5, "the revocation")


def test_names_read_well(hearth):
    """Generators number alternatives of schemas without a name."""
    models = importlib.import_module(f"{hearth}.models").__all__
    assert [name for name in models if "Type" in name and name[-1].isdigit() and "Meta" not in name] == []


@pytest.mark.parametrize("language", ["python", "typescript-fetch", "java"])
def test_openapi_generator_loses_nothing(tmp_path, language):
    """The most widely used generator: it stops at schemas that it cannot read, renames models that clash with its language, and
    writes two groups of one name into one file."""
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "openapi-generator-cli", "generate", "-i", ROOT / "openapi.yaml", "-g", language, "-o", tmp_path],
        capture_output=True, text=True,
    )
    log = done.stdout + done.stderr
    assert done.returncode == 0, log[-5000:]
    assert "FILEPATH_COLLISION" not in log and "Duplicate file path" not in log
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    # A schema that is not an object or an enumeration becomes a type of the language.
    models = {name for name, schema in document["components"]["schemas"].items() if schema.get("properties") or "enum" in schema}
    written = {path.stem.replace("_", "").lower() for path in tmp_path.rglob("*") if path.suffix in (".py", ".ts", ".java")}
    # A form's schema becomes the parameters of its call.
    assert {name for name in models if name.lower() not in written} <= {"EmbedFormEntry", "MsGraphBatchForm", "TagsForm"}
    source = "".join(path.read_text() for path in tmp_path.rglob("*") if path.suffix in (".py", ".ts", ".java")).replace("_", "").lower()
    operations = [operation["operationId"] for item in document["paths"].values() for operation in item.values() if "operationId" in operation]
    assert [name for name in operations if name.lower() not in source] == []
