"""The pages for mailbox owners: who asked for what, in the owner's language, and how to withdraw it."""

import base64
import html
import re

import psycopg
import pytest

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
WORDS = {
    "en": ("Your mailbox is connected", "Request from", "Send mail from this mailbox", "How to withdraw this", "Unknown link"),
    "de": ("Ihr Postfach ist verbunden", "Anfrage von", "E-Mails aus diesem Postfach senden", "So widerrufen Sie", "Unbekannter Link"),
    "fr": ("Votre boîte aux lettres est connectée", "Demande de", "Envoyer des messages depuis", "Comment retirer cet accès", "Lien inconnu"),
    "es": ("Su buzón está conectado", "Solicitud de", "Enviar correo desde este buzón", "Cómo retirar este acceso", "Enlace desconocido"),
}


@pytest.fixture
def partner(stack):
    yield stack.tenant("Main & <b>Söhne</b>")
    stack.control("DELETE", "faults")


def read(stack, url, language):
    page = stack.http.get(url, headers={"accept-language": language}, follow_redirects=True)
    assert page.headers["content-type"] == "text/html; charset=utf-8" and "Accept-Language" in page.headers["vary"]
    return page


@pytest.mark.parametrize("language", WORDS)
def test_connected_in_every_language(stack, partner, language):
    link = partner.link(f"{language}@outlook.com", permission_level="send")
    page = read(stack, partner.authorize(link["url"]), f"{language}-XX, en;q=0.1")
    assert page.status_code == 200 and page.headers["content-language"] == language
    assert f'<html lang="{language}">' in page.text
    for words in WORDS[language][:4]:
        assert words in page.text
    assert "Main &amp; &lt;b&gt;Söhne&lt;/b&gt;" in page.text and "<b>" not in page.text
    assert f"{language}@outlook.com" in page.text
    assert "https://account.live.com/consent/Manage" in page.text and "https://myapps.microsoft.com" in page.text
    assert not re.search(r"[{}]{2}|\{[a-z]+\}", page.text.split("</style>")[1]), "no placeholder is left"
    other = next(name for name in WORDS if name != language)
    assert WORDS[other][0] in read(stack, page.url, other).text, "the same page, read by somebody else"
    unknown = read(stack, stack.base + "/oauth/microsoft/callback?state=x&code=y", language)
    assert unknown.status_code == 404 and WORDS[language][4] in unknown.text


@pytest.mark.parametrize(
    "level, granted",
    [("send", {"Send mail"}), ("read_only", {"Read the mail"}), ("read_send", {"Read the mail", "Send mail"}),
     ("warmup", {"Read the mail", "Send mail", "Keep the mail in order"})],
)
def test_access_is_what_was_granted(stack, partner, level, granted):
    page = partner.follow(partner.link(f"{level}@corp-levels.example", permission_level=level)["url"])
    listed = set(re.findall(r"<li>(Send mail|Read the mail|Keep the mail in order)", page.text))
    assert listed == granted
    assert "while you are not signed in" in page.text, "offline_access is explained, too"


def test_refused_page_asks_and_promises_nothing(stack, partner):
    page = partner.follow(partner.link("declined@outlook.com")["url"], "decline")
    assert "asks for" in page.text and "How to withdraw" not in page.text and "Try again" in page.text


def test_logo_is_shown_and_is_nothing_but_an_image(stack, partner, tmp_path):
    image, script = tmp_path / "logo.png", tmp_path / "logo.svg"
    image.write_bytes(PNG)
    script.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    path = stack.cli("tenant", "logo", partner.tenant, "--file", image)["logo_path"]
    assert stack.cli("tenant", "logo", partner.tenant, "--file", script, check=False).returncode != 0
    page = partner.follow(partner.link("logo@outlook.com")["url"])
    assert f'<img src="{path}"' in page.text
    logo = stack.http.get(stack.base + path)
    assert (logo.content, logo.headers["content-type"]) == (PNG, "image/png")
    assert "immutable" in logo.headers["cache-control"] and logo.headers["x-content-type-options"] == "nosniff"
    other = stack.tenant("Other")
    for guess in ["/logos/x", f"/logos/{partner.tenant}-", f"/logos/{other.tenant}-{path.split('-', 1)[1]}", "/logos/1-AAAA"]:
        assert stack.http.get(stack.base + guess).status_code == 404
    stack.cli("tenant", "logo", partner.tenant, "--remove")
    assert "<img" not in stack.http.get(page.url).text and stack.http.get(stack.base + path).status_code == 404


def test_fault_of_ours_is_a_page_too(stack, partner):
    link = partner.link("fault@outlook.com")
    callback = partner.authorize(link["url"])
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE consents RENAME TO consents_away")
        page = read(stack, callback, "de")
        connection.execute("ALTER TABLE consents_away RENAME TO consents")
    assert page.status_code == 500 and "Bitte versuchen Sie es gleich noch einmal" in page.text
    assert "consents" not in page.text
    assert "Ihr Postfach ist verbunden" in read(stack, partner.authorize(link["url"]), "de").text


@pytest.mark.parametrize(
    "query, separator",
    [("?ref=a%2Bb&plus=a+b&low=%2f&space=%20&odd=%zz&raw=|{}[]'!$*", "&"), ("?", ""), ("?a=1&", ""), ("", "?"), ("?consent_id=mine", "&")],
)
def test_the_partners_query_comes_back_byte_for_byte(stack, query, separator):
    partner = stack.tenant(return_urls=["https://app.partner.example/back"])
    back = "https://app.partner.example/back" + query
    link = partner.link("query@outlook.com", return_url=back)
    page = partner.follow(link["url"])
    campaign = partner.consent(link["consent_id"])["campaign_id"]
    expected = f"{back}{separator}consent_id={link['consent_id']}&outcome=completed&campaign_id={campaign}"
    assert expected in [html.unescape(address) for address in re.findall(r'href="([^"]*)"', page.text)]


@pytest.mark.parametrize(
    "url",
    ["https://app.partner.example/back#x", "https://app.partner.example/back?name=Zoë", "https://app.partner.example/back/%2e%2e/x",
     "https://app.partner.example\\@evil.example/back", "https://app.partner.example/back\t/x", "https://user@app.partner.example/back",
     "https://app.partner.example:444/back", "https://app.partner.example/backs", "javascript:alert(1)"],
)
def test_return_urls_that_could_lead_elsewhere_are_refused(stack, url):
    partner = stack.tenant(return_urls=["https://app.partner.example/back"])
    answer = partner.call("POST", "/campaigns/ms-graph", json={"email": "a@b.example", "return_url": url})
    assert answer.status_code == 400 and list(answer.json()["errors"]) == ["return_url"], answer.text
