"""The documents are accurate: links work; settings, metrics, tables and commands exist."""

import json
import pathlib
import re
import subprocess

import pytest

from stack import BINARIES, ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# For tests, in development mode only.
OF_TESTS = {"HEARTH_KILL_AT", "HEARTH_SQL_RECORD"}


def swift_files(folder="Sources"):
    return [file.read_text() for file in (ROOT / folder).rglob("*.swift") if "imulator" not in str(file)]


def anchors(file):
    headings = re.findall(r"^#+ (.+)$", file.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (document.parent / name).resolve() if name else document
        assert file.exists(), target
        # The anchors of the error catalogue are made by the reference page.
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), target


def test_every_setting_is_explained():
    found = {name for text in swift_files() for name in re.findall(r'"(HEARTH_[A-Z_]+[A-Z])"', text)}
    explained = set(re.findall(r"`(HEARTH_[A-Z_]+[A-Z])`", (ROOT / "docs/operating.md").read_text()))
    retention = {name for name in explained if name.startswith("HEARTH_RETENTION_")}
    tables = {name for text in swift_files() for name in re.findall(r'\bdays\("([A-Z]+)", ', text)}
    assert found - OF_TESTS == {name for name in explained - retention if not name.endswith("_FILE")} | {
        name for name in found if name.endswith("_FILE")}
    assert retention == {f"HEARTH_RETENTION_{table}_DAYS" for table in tables}


def test_every_metric_is_explained():
    defined = {name for text in swift_files() for name in re.findall(r'name: "(hearth_\w+)"', text)}
    assert defined
    table = re.search(r"^\| metric \| labels \|.*?\n\n", (ROOT / "docs/operating.md").read_text(), re.M | re.S)[0]
    explained = [name for row in table.split("\n") if row for name in re.findall(r"`(hearth_\w+)`", row.split("|")[1])]
    assert sorted(defined) == sorted(explained)


def test_every_table_is_explained():
    sql = "\n".join(file.read_text() for file in (ROOT / "migrations").glob("*.sql"))
    tables = set(re.findall(r"^CREATE TABLE (\w+)", sql, re.M)) | {"schema_migrations"}
    assert tables == set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/data-model.md").read_text(), re.M))


# Parts that write tables of others; docs/data-model.md says what.
WRITE_ANY_TABLE = ("HearthOperations/Retention/", "HearthOperations/Erasure/", "HearthCore/Quarantine/ResumeAfterRestore.swift")
OUTBOX_ADDS_TO = {"webhook_lanes", "webhook_deliveries"}


def test_every_table_is_written_by_its_owner_alone():
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", (ROOT / "docs/data-model.md").read_text(), re.M)
    owners = {table: re.search(r"`(\w+)`", cells.split("|")[4])[1] for table, cells in rows}
    sources = ROOT / "Sources"
    writers = {}
    for file in sources.rglob("*.swift"):
        place = str(file.relative_to(sources))
        for table in re.findall(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)", file.read_text()):
            is_other = table in owners and file.stem.split("+")[0] != owners[table]
            is_allowed = place.startswith(WRITE_ANY_TABLE) or (table in OUTBOX_ADDS_TO and file.stem == "Outbox+Insertion")
            if table in owners and not (is_other and is_allowed):
                writers.setdefault(table, set()).add(place)
    wrong = {
        table: places for table, places in writers.items()
        if {pathlib.PurePath(place).stem.split("+")[0] for place in places} != {owners[table]}
        or len({place.split("/")[0] for place in places}) > 1
    }
    assert not wrong, f"written outside of their owners {({table: owners[table] for table in wrong})}: {wrong}"
    # Only the migration that makes it writes `campaign_transitions`.
    assert writers.keys() == owners.keys() - {"campaign_transitions", "message_transitions"}


def test_every_move_of_a_stored_state_is_made_from_the_states_it_is_allowed_from():
    """A statement that sets a move's target also checks where it comes from."""
    moves = 0
    for text in swift_files():
        for move in set(re.findall(r"\b(\w+Move\.\w+|move\??)\.target\b", text)):
            name = move.rstrip("?")
            targets = len(re.findall(rf"\b{re.escape(name)}\??\.target\b", text))
            checks = len(re.findall(rf"(?:\b{re.escape(name)}|\({re.escape(name)} \?\? \.\w+\))\.isAllowed\(", text))
            assert checks >= targets, f"{move}: {targets} statements set it, {checks} check it"
            moves += targets
    assert moves > 20


def commands():
    """Every command line of `hearth` in a document: its words, its options."""
    found = set()
    for document in DOCUMENTS:
        text = document.read_text()
        lines = re.findall(r"`(hearth [^`\n]+)`", text)
        for block in re.findall(r"^ *```sh\n(.*?)^ *```$", text, re.M | re.S):
            lines += [line.strip() for line in block.replace("\\\n", " ").splitlines() if line.strip().startswith("hearth ")]
        for line in lines:
            line = line.partition("#")[0]
            words = re.match(r"hearth((?: [a-z][a-z-]*)*)", line)[1].split()
            if not words:
                continue
            found.add((tuple(words), tuple(sorted(set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", line))))))
    return sorted(found)


def options_of(words):
    """The options of a command as listed by the program; in `tenant allow ID ms-graph` the last words are values."""
    tree = subprocess.run([BINARIES / "hearth", "--experimental-dump-help"], capture_output=True, check=True).stdout
    command = json.loads(tree)["command"]
    for word in words:
        inner = {each["commandName"]: each for each in command.get("subcommands", [])}
        if not inner:
            break
        command = inner[word]
    assert not command.get("subcommands") or len(words) == 1, words
    return {f"--{name['name']}" for argument in command.get("arguments", []) for name in argument.get("names", [])}


@pytest.mark.parametrize("words, options", commands(), ids=lambda part: " ".join(part))
def test_every_command_exists(words, options):
    assert set(options) <= options_of(words)
