"""Checks responses and webhooks against openapi.yaml."""

import re

import jsonschema
import referencing
import referencing.jsonschema
import yaml

from stack import ROOT

DOCUMENT = yaml.safe_load((ROOT / "openapi.yaml").read_text())
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def closed(node):
    """The same schema with undocumented members forbidden in every object: everything we send must be documented."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    changed = {key: closed(value) for key, value in node.items()}
    if "properties" in node and node.get("type") == "object":
        changed.setdefault("unevaluatedProperties", False)
    return changed


def registry(document):
    resource = referencing.Resource.from_contents(document, default_specification=referencing.jsonschema.DRAFT202012)
    return referencing.Registry().with_resource("urn:openapi", resource)


REGISTRY = registry(closed(DOCUMENT))


class Place:
    """A node of the document with its location, so that its references can be resolved."""

    def __init__(self, pointer):
        self.pointer = pointer
        self.value = DOCUMENT
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            self.value = self.value[int(key)] if isinstance(self.value, list) else self.value[key]
        if isinstance(self.value, dict) and "$ref" in self.value and "schema" not in pointer.split("/")[-1]:
            target = Place(self.value["$ref"].removeprefix("#"))
            self.pointer, self.value = target.pointer, target.value

    def __contains__(self, key):
        return key in self.value

    def at(self, key):
        return Place(f"{self.pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")

    def items(self):
        keys = range(len(self.value)) if isinstance(self.value, list) else list(self.value)
        return [(key, self.at(key)) for key in keys]

    def problems(self, instance):
        """The errors of an instance of the schema at this place."""
        validator = jsonschema.Draft202012Validator({"$ref": f"urn:openapi#{self.pointer}"}, registry=REGISTRY)
        return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(instance)]


def operations():
    """(method, path template, operation) of all operations in the document."""
    return [
        (method, path, operation)
        for path, item in Place("/paths").items()
        for method, operation in item.items()
        if method in METHODS
    ]


def operation(method, path):
    """The operation of a request; paths without a parameter take precedence."""
    for _, template, found in sorted(operations(), key=lambda each: each[1].count("{")):
        pattern = "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in template.split("/"))
        if re.fullmatch(pattern, path) and found.pointer.endswith("/" + method.lower()):
            return found
    raise AssertionError(f"openapi.yaml does not name {method} {path}")


def check(answer):
    """Asserts that a response is documented for its operation: status, headers, media type and body."""
    request = answer.request
    responses = operation(request.method, request.url.path).at("responses")
    where = f"{request.method} {request.url.path} {answer.status_code}"
    assert str(answer.status_code) in responses, f"{where}: the status is not documented; {answer.text[:300]}"
    response = responses.at(answer.status_code)
    if "headers" in response:
        for name, header in response.at("headers").items():
            assert not header.value.get("required") or name in answer.headers, f"{where}: no header {name}"
    if "content" not in response:
        return
    media_type = answer.headers["content-type"].split(";")[0]
    content = response.at("content")
    assert media_type in content, f"{where}: {media_type} is not documented"
    if media_type == "application/json":
        problems = content.at(media_type).at("schema").problems(answer.json())
        assert not problems, f"{where}: {problems}; {answer.text[:500]}"


def check_webhook(headers, event):
    """Asserts that a delivery conforms to the document."""
    post = Place("/webhooks").at(event["type"]).at("post")
    for _, parameter in post.at("parameters").items():
        if parameter.value.get("required"):
            assert parameter.value["name"].lower() in headers, f"{event['type']}: no header {parameter.value['name']}"
    problems = post.at("requestBody").at("content").at("application/json").at("schema").problems(event)
    assert not problems, f"{event['type']}: {problems}"
