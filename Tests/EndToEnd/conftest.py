import pytest

import contract
from stack import Receiver, Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    stack = Stack(folder)
    stack.start_hearth()
    yield stack
    stack.close()


@pytest.fixture
def two_replicas(tmp_path):
    """Two Hearth processes on one database; the second is at `stack.second`."""
    stack = Stack(tmp_path)
    stack.start_hearth()
    stack.start_second_hearth()
    yield stack
    stack.close()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def judged(stack):
    """Checks every response of the service against openapi.yaml."""

    def look(answer):
        if answer.request.url.port == stack.port:
            answer.read()
            contract.check(answer)

    hooks = stack.http.event_hooks
    stack.http.event_hooks = {**hooks, "response": [look]}
    yield
    stack.http.event_hooks = hooks


# Several files run in parallel, and one that begins late would delay the end.
SLOWEST = ["test_kill.py", "test_schemathesis.py", "test_fault_table.py", "test_refresh_kill.py", "test_audit_load.py"]


def pytest_collection_modifyitems(items):
    """Runs the slowest files first."""
    items.sort(key=lambda item: SLOWEST.index(item.path.name) if item.path.name in SLOWEST else len(SLOWEST))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and stack:
        for log in sorted(stack.folder.glob("*.log")):
            report.sections.append((log.name, log.read_text(errors="replace")[-3000:]))
