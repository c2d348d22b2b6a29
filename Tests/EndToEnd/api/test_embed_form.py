"""The signed form: the owner names the mailbox, Microsoft verifies it, and the partner's parameters are returned."""

import re
import urllib.parse

import pytest

from embed import address
from stack import wait_until


def test_an_owner_names_the_mailbox_and_the_partner_gets_its_parameters_back(stack, receiver):
    partner = stack.tenant("Contoso <b>Partner</b>")
    partner.webhook(receiver.url, "campaign.pending")
    url = address(partner)
    shown = stack.http.get(url, headers={"accept-language": "de-AT"})
    assert shown.status_code == 200 and 'lang="de"' in shown.text and "Verbinden Sie Ihr Postfach" in shown.text
    assert "<b>" not in shown.text and "Contoso &lt;b&gt;Partner" in shown.text
    policy = shown.headers["content-security-policy"]
    assert f"form-action 'self' https: {stack.microsoft}" in policy and "frame-ancestors 'none'" in policy and "script-src" not in policy

    sent = stack.http.post(url, data={"email": "form.owner@outlook.com", "first_name": "Zoë", "last_name": "O'Neil", "email_per_day": "500"})
    assert sent.status_code == 303 and sent.headers["location"].startswith(stack.microsoft)
    assert "Your mailbox is connected" in partner.follow(sent.headers["location"]).text
    event = wait_until(lambda: receiver.events("campaign.pending"), 10, "the event")[0]
    assert event["account"]["meta"] == "ref=crm-4711&source=a%20b" and event["account"]["tags"] == ["spring", "trial"]
    campaign = partner.call("GET", f"/campaigns/{event['account']['campaign_id']}").json()["data"]
    assert (campaign["first_name"], campaign["last_name"], campaign["email_per_day"]) == ("Zoë", "O'Neil", 20)
    assert campaign["meta"] == "ref=crm-4711&source=a%20b"


def test_an_office_behind_one_address_fills_the_form(stack):
    url = address(stack.tenant())
    answers = [stack.http.post(url, data={"email": f"office{number}@outlook.com"}).status_code for number in range(40)]
    assert answers == [303] * 40


def test_a_mistake_is_shown_and_what_was_typed_stays(stack):
    url = address(stack.tenant())
    shown = stack.http.post(url, data={"email": 'no"address', "first_name": "Ann"})
    assert shown.status_code == 400 and "Please check this entry." in shown.text
    assert 'value="no&quot;address"' in shown.text and 'value="Ann"' in shown.text and 'aria-invalid="true"' in shown.text


def alterations(url):
    path, _, query = url.partition("?")
    yield "another tenant", re.sub(r"form/(\d+)", lambda m: f"form/{int(m[1]) + 1}", path) + "?" + query
    yield "other tags", url.replace("spring", "summer")
    yield "a longer life", re.sub(r"expires=(\d+)", lambda m: f"expires={int(m[1]) + 60}", url)
    yield "one parameter more", url.replace("&expires", "&admin=1&expires")
    yield "a parameter behind", url + "&x=1"
    yield "another signature", url[:-2] + ("00" if url[-2:] != "00" else "01")
    yield "no signature", url.split("&signature")[0]
    yield "an empty one", url.split("&signature")[0] + "&signature="
    yield "not hexadecimal", url.split("&signature")[0] + "&signature=zz"
    yield "nothing", path


def test_an_altered_address_shows_nothing_and_makes_nothing(stack):
    partner = stack.tenant()
    url = address(partner)
    for what, altered in alterations(url):
        for answer in [stack.http.get(altered), stack.http.post(altered, data={"email": "ann@outlook.com"})]:
            assert answer.status_code == 410 and "This form no longer works" in answer.text, what
    assert partner.call("GET", "/consents").json()["data"] == []
    assert stack.http.get(url).status_code == 200


def test_it_ends_after_a_quarter_of_an_hour_and_with_what_the_tenant_may(stack, monkeypatch):
    partner = stack.tenant()
    url = address(partner)
    stack.cli("tenant", "suspend", partner.tenant)
    assert stack.http.get(url).status_code == 410
    stack.cli("tenant", "resume", partner.tenant)
    stack.cli("tenant", "deny", partner.tenant, "ms-graph")
    assert stack.http.get(url).status_code == 410
    wait_until(lambda: partner.call("GET", "/embed/form/secure").status_code == 403, 5, "the feature to be gone for keys too")
    stack.cli("tenant", "allow", partner.tenant, "ms-graph")
    assert stack.http.get(url).status_code == 200
    ends = int(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["expires"][0])
    (now,) = stack.rows("SELECT extract(epoch FROM clock_timestamp())::float8")[0]
    assert 890 <= ends - now <= 900


@pytest.mark.parametrize(
    "query, field",
    [("expires=9", "expires"), ("signature=x&tags=a", "signature"), ("tags=" + "x" * 300, "tags[0]"), ("a=" + "x" * 4000, "query")],
)
def test_what_the_form_could_not_take_is_refused_to_the_partner(stack, query, field):
    answer = stack.tenant().call("GET", f"/embed/form/secure?{query}")
    assert answer.status_code == 400 and field in answer.json()["errors"], answer.text


def test_it_may_be_framed_by_the_partners_own_pages_alone(stack):
    partner = stack.tenant(return_urls=["https://app.partner.example/done"])
    policy = stack.http.get(address(partner, "")).headers["content-security-policy"]
    assert "frame-ancestors https://app.partner.example" in policy
