"""Error codes in the sources, in openapi.yaml and in docs/errors.md are the same."""

import json
import re
import socket

from contract import DOCUMENT
from documents import of_the_catalogue
from stack import ROOT

CATALOGUE = (ROOT / "docs" / "errors.md").read_text()
# Computed codes: the enumeration in openapi.yaml with their values, by the file that computes them.
COMPUTED = {"ConnectionCheck.swift": "ConnectionProblemCode"}


def test_no_code_comes_twice():
    codes = re.findall(r"^### (\w+)$", CATALOGUE, flags=re.MULTILINE)
    assert len(codes) == len(set(codes)), sorted(code for code in set(codes) if codes.count(code) > 1)


def of_the_sources():
    found = set()
    for file in (ROOT / "Sources").rglob("*.swift"):
        for code in re.findall(r"\(\s*\.\w+,\s*code:\s*([^,]+),", file.read_text()):
            if code.startswith('"'):
                found.add(code.strip('"'))
            else:
                assert file.name in COMPUTED, f"{file}: say in this test which codes {code} stands for"
                found |= set(DOCUMENT["components"]["schemas"][COMPUTED[file.name]]["enum"])
    return found


def errors(node):
    """(status, code) of every example of an error; errors in a list of results have no status of their own."""
    if isinstance(node, dict):
        if node.get("success") is False and "code" in node and "status" in node:
            yield node["status"], node["code"]
        for each in node.values():
            yield from errors(each)
    elif isinstance(node, list):
        for each in node:
            yield from errors(each)


OUTCOMES = set(DOCUMENT["components"]["schemas"]["OutcomeCode"]["enum"])
# Responses outside operations: to unknown paths, console forms and invalid HTTP. And a code that no response
# has: why a campaign's connection does not work.
WITHOUT_OPERATION = {"NOT_FOUND", "FORM_NOT_OURS", "MALFORMED_REQUEST", "CONNECTION_DISCONNECTED"}


def test_sources_and_document_have_the_same_codes():
    documented = {code for _, code in errors(DOCUMENT)}
    assert documented | WITHOUT_OPERATION == of_the_sources()


def test_the_catalogue_has_every_code_and_no_other():
    assert set(of_the_catalogue()) == of_the_sources() | OUTCOMES


def test_each_entry_says_its_status_and_what_to_do():
    statuses = {}
    for status, code in errors(DOCUMENT):
        statuses.setdefault(code, set()).add(status)
    for code, text in of_the_catalogue().items():
        assert "**Do:**" in text, code
        stated = re.match(r"\s*(\d{3})\. ", text)
        assert {int(stated[1])} == statuses[code] if code in statuses else stated is None or code in WITHOUT_OPERATION, code


def refusals(stack):
    """One error response from each layer: the server, the router, the middleware, a route."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=10) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        yield json.loads(raw.makefile("rb").read().partition(b"\r\n\r\n")[2])
    partner = stack.tenant(allow=False)
    yield stack.http.get(stack.base + "/nowhere").json()
    yield stack.http.post(stack.base + "/openapi.yaml").json()
    yield stack.http.get(stack.base + "/api/v1/campaigns").json()
    yield partner.call("GET", "/campaigns/1").json()
    yield partner.call("POST", "/campaigns/ms-graph").json()
    yield partner.call("POST", "/keys", content=b"{", headers={"content-type": "application/json"}).json()


def test_every_refusal_links_to_its_entry(stack):
    codes = []
    for refusal in refusals(stack):
        assert refusal["docs"] == f"{stack.base}/docs#{refusal['code']}"
        codes.append(refusal["code"])
    assert codes == [
        "MALFORMED_REQUEST", "NOT_FOUND", "METHOD_NOT_ALLOWED", "UNAUTHENTICATED", "CAMPAIGN_NOT_FOUND",
        "MS_GRAPH_FEATURE_DISABLED", "MALFORMED_JSON",
    ]
