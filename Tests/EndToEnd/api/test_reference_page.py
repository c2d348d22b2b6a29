"""The reference page at /docs: it has all of openapi.yaml and docs/errors.md, and needs no other resources."""

import html.parser
import re

import pytest

from contract import DOCUMENT, METHODS
from documents import of_the_catalogue

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(html.parser.HTMLParser):
    """Collects the parts of the page, and tags that are not closed in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.ids, self.links, self.tags, self.open, self.misplaced = [], [], [], [], []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag in ("a", "link"):
            self.links.append(attributes["href"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.misplaced.append((tag, self.getpos()))

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def answer(stack):
    return stack.http.get(stack.base + "/docs")


@pytest.fixture(scope="module")
def page(answer):
    return Page(answer.text)


def test_everything_has_an_anchor(page):
    operations = [
        operation["operationId"]
        for paths in (DOCUMENT["paths"], DOCUMENT["webhooks"])
        for item in paths.values()
        for method, operation in item.items()
        if method in METHODS
    ]
    assert set(operations) <= set(page.ids)
    assert {f"schema-{name}" for name in DOCUMENT["components"]["schemas"]} <= set(page.ids)
    assert set(of_the_catalogue()) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids)), "a duplicate anchor"
    for item in DOCUMENT["paths"]:
        assert item in page.text


def test_every_link_leads_somewhere_and_nothing_is_loaded(page):
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert {link for link in page.links if link.startswith("/")} == {"/openapi.yaml"}
    loaded = {name for name, attributes in page.tags if name in ("script", "img", "iframe", "object") or "src" in attributes}
    assert loaded == set()
    assert not any(name == "style" or name.startswith("on") for _, attributes in page.tags for name in attributes)


def test_it_is_well_formed_and_has_no_markdown_left(page):
    assert page.misplaced == [] and page.open == []
    left = [match[0] for match in re.finditer(r"\*\*\w|\n#+ |\n\| |\]\(http", page.text)]
    assert left == []


def test_policy_and_caching(stack, answer):
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'" and "unsafe" not in str(policy) and "http" not in str(policy)
    again = stack.http.get(stack.base + "/docs", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    assert stack.http.get(stack.base + "/docs", headers={"if-none-match": '"other"'}).status_code == 200
