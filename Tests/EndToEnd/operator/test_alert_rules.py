"""docs/alerts.yaml: each rule is complete, and names metrics and labels that a running service exposes."""

import re

import psycopg
import pytest
import yaml

from stack import ROOT, Stack, free_port, wait_until

RULES = [rule for group in yaml.safe_load((ROOT / "docs/alerts.yaml").read_text())["groups"] for rule in group["rules"]]
# Prometheus adds it for each scraped process.
OF_PROMETHEUS = {"up"}
# Counted only when a process has no room for a delivery, which this test does not cause.
ONLY_UNDER_LOAD = {"hearth_webhook_postponed_total"}
SELECTOR = re.compile(r"\b(up\b|hearth_\w+)(?:\{([^}]*)\})?")


@pytest.fixture(scope="module")
def exposed(tmp_path_factory):
    """The label sets of each metric's series, after each kind of work has been done."""
    stack = Stack(tmp_path_factory.mktemp("alerts"))
    try:
        # Nothing listens there: an attempt to send is still counted.
        stack.environment.update(
            HEARTH_SMTP_URL=f"smtp://127.0.0.1:{free_port()}", HEARTH_SMTP_FROM="invite@hearth.example",
            HEARTH_MICROSOFT_SECRET_EXPIRES="2099-01-01")
        stack.start_hearth()
        partner = stack.tenant()
        partner.webhook(f"http://127.0.0.1:{free_port()}/hook")
        campaign = partner.connect("alerts@outlook.com")
        with psycopg.connect(stack.database_url) as connection:
            connection.execute("UPDATE grants SET access_expires_at = now()")
        assert partner.call("PATCH", f"/campaigns/{campaign}/start-warmup").status_code == 200
        invitation = {"email": "waits@outlook.com", "permission_level": "send"}
        assert partner.call("POST", "/invitations", json=invitation).status_code == 201

        def read():
            series = {}
            for line in stack.http.get(f"http://127.0.0.1:{stack.operations_port}/metrics").text.splitlines():
                if not line.startswith("#"):
                    name, labels = re.match(r"(\w+)(?:\{(.*)\})? ", line).groups()
                    series.setdefault(name, []).append(dict(re.findall(r'(\w+)="([^"]*)"', labels or "")))
            return series

        awaited = {name for rule in RULES for name, _ in SELECTOR.findall(rule["expr"])} - OF_PROMETHEUS - ONLY_UNDER_LOAD
        wait_until(lambda: awaited <= read().keys(), 60, "every metric of the rules")
        yield read()
    finally:
        stack.close()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_rule_is_complete(rule):
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"].endswith((".", "?"))
    file, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / file).read_text(), re.M)
    assert anchor in [re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_its_metrics_and_labels_are_exposed(exposed, rule):
    for name, matchers in SELECTOR.findall(rule["expr"]):
        if name in OF_PROMETHEUS:
            continue
        if name in ONLY_UNDER_LOAD:
            assert any(f'name: "{name}"' in file.read_text() for file in (ROOT / "Sources").rglob("MetricNames.swift"))
            continue
        for label in re.findall(r'(\w+)(?:=~|!~|!=|=)"', matchers):
            assert all(label in labels for labels in exposed[name]), (name, label)
        # Gauges have all their series from the start.
        for label, value in re.findall(r'(\w+)="([^"]*)"', matchers) if not name.endswith(("_total", "_count", "_bucket")) else ():
            assert value in {labels[label] for labels in exposed[name]}, (name, label, value)


def test_alerts_are_named_once():
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))
