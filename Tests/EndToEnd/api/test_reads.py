"""Reads: the health of a domain by real DNS queries, and the activity log. Unknown values are null."""

import concurrent.futures

import dnslib
import dnslib.server
import pytest

from stack import Stack, free_port

ZONES = {
    "good.example": [("TXT", "v=spf1 include:spf.protection.outlook.com -all"), ("MX", "mx.good.example"), ("TXT", "other")],
    "_dmarc.good.example": [("TXT", "v=DMARC1; p=reject")],
    "poor.example": [("TXT", "v=spf1 -all"), ("TXT", "v=spf1 ~all")],
    "sub.good.example": [("TXT", "v=spf1 include:spf.protection.outlook.com -all"), ("MX", "mx.good.example")],
    "long.example": [("TXT", "v=spf1 " + "ip4:192.0.2.1 " * 150 + "include:spf.protection.outlook.com -all"), ("MX", "."), ("TXT", "x" * 2000)],
    "spf.protection.outlook.com": [("TXT", "v=spf1 ip4:40.92.0.0/15 ip6:2a01:111:f400::/48 -all")],
    "open.example": [("TXT", "v=spf1 +all"), ("MX", "open-example.mail.protection.outlook.com")],
    "_dmarc.open.example": [("TXT", "v=DMARC1; rua=mailto:dmarc@open.example")],
    "loop.example": [("TXT", "v=spf1 include:loop.example a mx -all"), ("MX", "mx.loop.example")],
    "hosts.example": [("TXT", "v=spf1 a mx:loop.example -all"), ("MX", "mx.loop.example"), ("A", "40.92.0.0"), ("AAAA", "2a01:111:f400::")],
    "half.example": [("TXT", "v=spf1 include:x.broken.example -all"), ("MX", "mx.loop.example")],
    "sub.contoso.co.uk": [("TXT", "v=spf1 redirect=spf.protection.outlook.com"), ("MX", "mx.loop.example")],
    "_dmarc.contoso.co.uk": [("TXT", "v=DMARC1; p=reject; sp=quarantine")],
    "_dmarc.co.uk": [("TXT", "v=DMARC1; p=none")],
}


class Zone:
    """Answers from ZONES; broken.example is a server failure, silent.example gets no answer."""

    def __init__(self):
        self.questions = []

    def resolve(self, request, handler):
        name = str(request.q.qname).rstrip(".").lower()
        self.questions.append(name)
        if name.endswith("silent.example"):
            raise OSError("silence")
        reply = request.reply()
        if name.endswith("broken.example"):
            reply.header.rcode = dnslib.RCODE.SERVFAIL
            return reply
        if name not in ZONES:
            reply.header.rcode = dnslib.RCODE.NXDOMAIN
            return reply
        for kind, value in ZONES[name]:
            if dnslib.QTYPE[request.q.qtype] != kind:
                continue
            if kind == "TXT":
                data = dnslib.TXT([value[i : i + 255].encode() for i in range(0, len(value), 255)])
            elif kind == "MX":
                data = dnslib.MX(value, 10)
            else:
                data = getattr(dnslib, kind)(value)
            reply.add_answer(dnslib.RR(request.q.qname, request.q.qtype, ttl=60, rdata=data))
        return reply


class Quiet(dnslib.server.DNSHandler):
    def handle(self):
        try:
            super().handle()
        except OSError:
            pass


@pytest.fixture(scope="module")
def zone():
    zone, port = Zone(), free_port()
    servers = [
        dnslib.server.DNSServer(
            zone, address="127.0.0.1", port=port, tcp=tcp, handler=Quiet, logger=dnslib.server.DNSLogger("-request,-reply,-truncated,-error")
        )
        for tcp in (False, True)
    ]
    for server in servers:
        server.start_thread()
    zone.address = f"127.0.0.1:{port}"
    yield zone
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def stack(tmp_path_factory, zone):
    stack = Stack(tmp_path_factory.mktemp("stack"))
    stack.environment["HEARTH_DNS_SERVER"] = zone.address
    stack.start_hearth()
    yield stack
    stack.close()


def health(partner, email):
    campaign = partner.connect(email)
    answers = [partner.call(method, f"/campaigns/{campaign}/get-health-score") for method in ("PATCH", "GET")]
    assert [answer.status_code for answer in answers] == [200, 200]
    body = answers[0].json()
    assert (body["code"], body["message"]) == ("GET_HEALTHSCORE_SUCCESSFULL", "Campaign healthscore fetched successful")
    assert body["data"]["domain_age"] is None and body["data"]["engine"] == "not_installed"
    return campaign, body["data"]


def test_a_domain_in_order_gets_an_a(stack, zone):
    partner = stack.tenant()
    campaign, data = health(partner, "ann@good.example")
    assert (data["grade"], data["spf"], data["dmarc"], data["mx"]) == ("A", "valid", "valid", "valid")
    assert data["records"]["mx"] == ["mx.good.example"] and data["records"]["dmarc"] == "v=DMARC1; p=reject"
    assert (data["spf_lookups"], data["spf_passes_microsoft"], data["dmarc_policy"]) == (1, True, "reject")
    assert [problem["code"] for problem in data["problems"]] == ["MX_NOT_MICROSOFT"]
    points = partner.call("PATCH", f"/campaigns/{campaign}/get-health-score-points").json()["data"]
    assert points["health_score"] is None and points["health_score_status"] == "Warming up"
    assert points["points"] == {"spam": None, "dns": 30, "domain_age": None, "duration": None}
    asked = len(zone.questions)
    health(partner, "bob@good.example")
    assert len(zone.questions) == asked, "one check serves all mailboxes of a domain"


@pytest.mark.parametrize(
    "domain, grade, spf, dmarc, mx, codes",
    [
        ("poor.example", "D", "invalid", "missing", "missing", ["SPF_SEVERAL_RECORDS", "DMARC_MISSING", "MX_MISSING"]),
        # The policy of the parent domain.
        ("sub.good.example", "A", "valid", "valid", "valid", ["MX_NOT_MICROSOFT"]),
        # Over TCP; the domain accepts no mail.
        ("long.example", "C", "valid", "missing", "invalid", ["DMARC_MISSING", "MX_NULL"]),
        ("absent.example", "D", "missing", "missing", "missing", ["SPF_MISSING", "DMARC_MISSING", "MX_MISSING"]),
        ("broken.example", None, "unknown", "unknown", "unknown", ["SPF_UNCHECKED", "DMARC_UNCHECKED", "MX_UNCHECKED"]),
        ("silent.example", None, "unknown", "unknown", "unknown", ["SPF_UNCHECKED", "DMARC_UNCHECKED", "MX_UNCHECKED"]),
        ("open.example", "B", "valid", "valid", "valid", ["SPF_PASSES_ALL", "DMARC_POLICY_MISSING"]),
        ("loop.example", "C", "invalid", "missing", "valid", ["SPF_LOOP", "SPF_MICROSOFT_NOT_AUTHORIZED", "DMARC_MISSING", "MX_NOT_MICROSOFT"]),
        ("hosts.example", "B", "valid", "missing", "valid", ["DMARC_MISSING", "MX_NOT_MICROSOFT"]),
        # An included domain without an answer: no verdict on the record.
        ("half.example", None, "unknown", "missing", "valid", ["SPF_UNCHECKED", "DMARC_MISSING", "MX_NOT_MICROSOFT"]),
        # A public suffix of two labels, whose own record is not used.
        ("sub.contoso.co.uk", "A", "valid", "valid", "valid", ["MX_NOT_MICROSOFT"]),
    ],
)
def test_what_a_domain_publishes_is_judged(stack, domain, grade, spf, dmarc, mx, codes):
    _, data = health(stack.tenant(), f"ann@{domain}")
    assert (data["grade"], data["spf"], data["dmarc"], data["mx"]) == (grade, spf, dmarc, mx)
    assert [problem["code"] for problem in data["problems"]] == codes
    assert all(problem["message"] for problem in data["problems"])
    if domain == "sub.contoso.co.uk":
        assert data["dmarc_policy"] == "quarantine"


def test_a_silent_domain_is_asked_for_once_however_many_want_to_know(stack, zone):
    partner = stack.tenant()
    campaign = partner.connect("ann@many.silent.example")
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = pool.map(lambda _: partner.call("GET", f"/campaigns/{campaign}/get-health-score"), range(12))
        assert {answer.json()["data"]["spf"] for answer in answers} == {"unknown"}
    # Three names and types, each queried twice, and once more for late callers.
    assert sum(name.endswith("many.silent.example") for name in zone.questions) <= 12


def test_metrics_are_empty_and_the_log_tells_what_happened(stack):
    partner = stack.tenant()
    campaign = partner.connect("ann@good.example")
    for command in ("start", "pause", "resume"):
        assert partner.call("PATCH", f"/campaigns/{campaign}/{command}-warmup").status_code == 200
    for method in ("PATCH", "GET"):
        metrics = partner.call(method, f"/campaigns/{campaign}/get-metrics").json()
        assert (metrics["code"], metrics["data"]) == ("GET_METRICS_SUCCESSFULL", {})
        log = partner.call(method, f"/campaigns/{campaign}/get-activity-log").json()["data"]
        assert [entry["type"] for entry in log] == ["warmup_resumed", "warmup_paused", "warmup_started", "mailbox_connected"]
    assert [e["type"] for e in partner.call("GET", f"/campaigns/{campaign}/get-activity-log?limit=1").json()["data"]] == ["warmup_resumed"]
    refused = partner.call("GET", f"/campaigns/{campaign}/get-activity-log?limit=0")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["limit"])


@pytest.mark.parametrize("read", ["get-metrics", "get-activity-log", "get-health-score", "get-health-score-points"])
def test_reads_of_unknown_foreign_and_deleted_campaigns_look_alike(stack, read):
    ann, bob = stack.tenant(), stack.tenant()
    campaign = ann.connect("ann@good.example")
    gone = bob.connect("ann@good.example")
    bob.call("DELETE", f"/campaigns/{gone}")
    answers = [bob.call("GET", f"/campaigns/{id}/{read}") for id in (campaign, gone, 1, "x")]
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["code"] for answer in answers} == {"CAMPAIGN_NOT_FOUND"}
