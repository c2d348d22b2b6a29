"""Every operation of openapi.yaml as a call: method, path, body, filters."""

import copy

from contract import DOCUMENT, METHODS

PREFIX = "/api/v1"


class Operation:
    def __init__(self, method, path, item, operation):
        self.method, self.path, self.operation = method.upper(), path, operation
        self.id = operation["operationId"]
        self.parameters = [resolve(each) for each in item.get("parameters", []) + operation.get("parameters", [])]

    def __repr__(self):
        return self.id

    def names(self, place):
        """The names of the parameters in the path or the query."""
        return [each["name"] for each in self.parameters if each["in"] == place]

    def body(self):
        """A body from the document's examples, and the names of its members; None without a body."""
        content = resolve(self.operation.get("requestBody", {})).get("content", {})
        if "application/json" not in content:
            return None, set()
        json = content["application/json"]
        examples = [resolve(each)["value"] for each in json.get("examples", {}).values()]
        example = json.get("example", examples[0] if examples else None)
        return copy.deepcopy(example), members(json["schema"])


def resolve(node):
    while isinstance(node, dict) and "$ref" in node:
        target = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def members(schema):
    """The names of all members of an object, including those of alternatives and nested objects."""
    schema, found = resolve(schema), set()
    for name, each in schema.get("properties", {}).items():
        found |= {name} | members(each)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(keyword, []):
            found |= members(each)
    if isinstance(schema.get("items"), dict):
        found |= members(schema["items"])
    return found


def partner_operations():
    """The operations that a partner calls with a key."""
    return [
        Operation(method, path, item, operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in METHODS and path.startswith(PREFIX + "/")
    ]
