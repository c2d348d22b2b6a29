"""Loaded by schemathesis: rules about calls that a schema cannot express."""

import os
import re
import secrets
import unicodedata
import uuid
import zoneinfo

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance, use_after_free

ZONES = zoneinfo.available_timezones()
CAMPAIGN = os.environ.get("HEARTH_TEST_CAMPAIGN", "1")
OWN_KEYS = os.environ.get("HEARTH_TEST_OWN_KEYS", "").split(",")


# Rules between members, about the current time, or about what a form can carry.
BEYOND_A_SCHEMA = re.compile(
    "next_cursor|must not contain U\\+|must be an e-mail address|in the future|must not be sent together|is required unless email|is required, unless |^changes: is required|"
    "must be a list of |must be an object|must not contain control characters|has an invalid part before|has a part after the @|must be an address, or an object|^send_at: must be within a year|recipients together|a list of objects|must have 1 to 100 elements|must be some of |"
    "^(url|domain|sending_windows.*): |^email: must belong to an organisation|^query: is longer than|^send_email: cannot be true: this service|^address: is a personal address|^shared_mailboxes: cannot be true for a personal"
)


@schemathesis.check
def valid_calls_are_taken(ctx, response, case):
    """Like the tester's own check, except for rules that openapi.yaml states in words."""
    answer = response.json() if response.status_code in (400, 412, 413) else {}
    if answer.get("code") in ("SETTINGS_CHANGED", "PAYLOAD_TOO_LARGE") or "more than 200 fields" in answer.get("reason", ""):
        return None
    words = [f"{field}: {each}" for field, problems in answer.get("errors", {}).items() for each in problems]
    if words and all(BEYOND_A_SCHEMA.search(each) for each in words):
        return None
    return positive_data_acceptance(ctx, response, case)


@schemathesis.check
def wrong_parameters_are_refused(ctx, response, case):
    """Like the tester's own check, but not for bodies: strings may stand for numbers there, as openapi.yaml says but a schema
    cannot; test_bad_input.py has the bodies that must be refused. An empty parameter counts as not sent."""
    body = case.meta and case.meta.components.get(ParameterLocation.BODY)
    is_empty = any(value in (None, "", []) for value in (case.query or {}).values())
    if not is_empty and (body is None or not body.mode.is_negative):
        return negative_data_rejection(ctx, response, case)
    return None


@schemathesis.check
def no_fault(ctx, response, case):
    """Like the tester's own check; 501 is the documented response for unsupported providers."""
    if response.status_code == 501 and response.json()["code"] == "PROVIDER_NOT_SUPPORTED":
        return None
    return not_a_server_error(ctx, response, case)


@schemathesis.check
def what_is_deleted_is_gone(ctx, response, case):
    """Like the tester's own check, but DELETE only ends consents, keys and jobs, which can still be read."""
    if re.search("/(consents|admin-consents|keys|jobs)(/|$)", case.operation.path):
        return None
    return use_after_free(ctx, response, case)


def within_64_bits(value):
    """Larger integers are refused everywhere, as openapi.yaml says but a schema of free members cannot."""
    if isinstance(value, dict):
        return {name: within_64_bits(each) for name, each in value.items()}
    if isinstance(value, list):
        return [within_64_bits(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-(2**63), min(value, 2**63 - 1))
    return value


def reach_a_campaign(case):
    """Replaces invented ids, which would test little, by one of the owner's campaigns, which nothing may delete."""
    id = (case.path_parameters or {}).get("id")
    if not case.operation.path.startswith("/api/v1/campaigns/{id}"):
        return
    if case.method == "DELETE":
        if str(id) == CAMPAIGN:
            case.path_parameters["id"] = 1
    elif isinstance(id, int) and id > 0 and case.meta and case.meta.phase.name != TestPhase.STATEFUL:
        case.path_parameters["id"] = int(CAMPAIGN)


def readable(value):
    """The text without controls, marks and unassigned characters; likewise for a list."""
    if isinstance(value, list):
        return [readable(each) for each in value]
    if not isinstance(value, str):
        return value
    visible = "".join(each for each in value if unicodedata.category(each)[0] in "LNPS" or each == " ")
    # The Hangul fillers and the empty braille pattern are invisible letters and symbols.
    return re.sub("[\u115f\u1160\u2800\u3164\uffa0\ufffc]", "", visible)


@schemathesis.hook
def before_call(context, case, kwargs):
    case.headers = case.headers or {}
    # As behind a proxy, each from another address, because wrong keys are throttled by address. Not from `random`, which the
    # tester seeds.
    case.headers["X-Forwarded-For"] = f"198.18.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
    # A valid key is used once: reusing it with another body is correctly refused.
    if re.fullmatch("[!-~]{1,255}", str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    # Revoking the key of its own calls would end the test.
    if case.operation.path.endswith("/keys/{id}") and str((case.path_parameters or {}).get("id")) in OWN_KEYS:
        case.path_parameters["id"] = 1
    reach_a_campaign(case)
    case.body = within_64_bits(case.body)
    body = case.body
    if isinstance(body, dict):
        # Names that a form cannot carry: implementations disagree on how to escape them.
        for name in [each for each in body if re.search(r'[\x00-\x1f\x7f"\\]', each)]:
            del body[name]
        # The campaign is needed until the end.
        if case.operation.path.endswith("/campaigns/actions") and body.get("action") == "delete":
            body["action"] = "pause"
        # A time zone must exist, a time be in the future, a URL have an allowed prefix.
        if isinstance(body.get("timezone"), str) and body["timezone"] not in ZONES:
            body["timezone"] = "Europe/Vienna"
        if re.match(r"\d{4}-", str(body.get("expires_at"))):
            body["expires_at"] = re.sub(r"^\d{4}", "9000", body["expires_at"])
        # Human-readable texts have no invisible characters.
        for name in ("first_name", "last_name", "name", "description", "tags"):
            if name in body:
                body[name] = readable(body[name])
        # Made-up names are looked up until they time out where no name server answers, and a tenant may have only a few such
        # lookups at a time. An address needs none: deliveries and tests fail at once.
        if "/webhooks/endpoints" in case.operation.path and isinstance(body.get("url"), str):
            body["url"] = re.sub(r"^(https://)[A-Za-z0-9.-]+(?=[:/?]|$)", r"\g<1>127.0.0.1", body["url"])
        if isinstance(body.get("return_url"), str):
            body["return_url"] = "https://app.partner.example/connected"
