"""Loaded by schemathesis: what a schema cannot say about a client's calls."""

import os
import re
import secrets
import uuid
import zoneinfo

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import negative_data_rejection

ZONES = zoneinfo.available_timezones()
CAMPAIGN = os.environ.get("HEARTH_TEST_CAMPAIGN", "1")
OWN_KEYS = os.environ.get("HEARTH_TEST_OWN_KEYS", "").split(",")


@schemathesis.check
def wrong_parameters_are_refused(ctx, response, case):
    """As the tester's own check, but for bodies: there texts may stand for numbers, and null or nothing for absence, as
    openapi.yaml says and a schema cannot. test_bad_input.py has the bodies that must be refused."""
    body = case.meta and case.meta.components.get(ParameterLocation.BODY)
    if body is None or not body.mode.is_negative:
        return negative_data_rejection(ctx, response, case)


def within_64_bits(value):
    """Larger whole numbers are refused wherever they stand, as openapi.yaml says and a schema of free members cannot."""
    if isinstance(value, dict):
        return {name: within_64_bits(each) for name, each in value.items()}
    if isinstance(value, list):
        return [within_64_bits(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-(2**63), min(value, 2**63 - 1))
    return value


def reach_a_campaign(case):
    """Ids that are only made up would find out little: instead of them one of the owner's, but not to delete it."""
    id = (case.path_parameters or {}).get("id")
    if case.method != "DELETE" and case.operation.path.startswith("/api/v1/campaigns/{id}") and isinstance(id, int):
        if id > 0 and case.meta and case.meta.phase.name != TestPhase.STATEFUL:
            case.path_parameters["id"] = int(CAMPAIGN)


@schemathesis.hook
def before_call(context, case, kwargs):
    case.headers = case.headers or {}
    # As behind a proxy, each from another address: wrong keys are throttled by address. Not by `random`, whose numbers the
    # tester makes come again.
    case.headers["X-Forwarded-For"] = f"198.18.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
    # A key that fits is used once: the same again with another body is rightly refused.
    if re.fullmatch("[!-~]{1,255}", str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    # To revoke the key of its own calls would end the test.
    if case.operation.path.endswith("/keys/{id}") and str((case.path_parameters or {}).get("id")) in OWN_KEYS:
        case.path_parameters["id"] = 1
    reach_a_campaign(case)
    case.body = within_64_bits(case.body)
    body = case.body
    if isinstance(body, dict):
        # Names that a form cannot carry: its writers do not agree on how to escape them.
        for name in [each for each in body if re.search(r'[\x00-\x1f\x7f"\\]', each)]:
            del body[name]
        # A zone must exist, a moment lie ahead, a URL begin as the operator allowed.
        if isinstance(body.get("timezone"), str) and body["timezone"] not in ZONES:
            body["timezone"] = "Europe/Vienna"
        if re.match(r"\d{4}-", str(body.get("expires_at"))):
            body["expires_at"] = re.sub(r"^\d{4}", "9000", body["expires_at"])
        if re.match("https?:", str(body.get("return_url"))):
            body["return_url"] = "https://app.partner.example/connected"
