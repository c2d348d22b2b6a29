"""People who sign in to the console through an OpenID provider."""

import re

import httpx

from openid_provider import CLIENT
from stack import come_from_anywhere


def members_of(stack, provider, folder):
    """A tenant that uses the provider, with an administrator and a manager."""
    partner = stack.tenant("Grünwald & Partner")
    secret = folder / "secret"
    secret.write_text(CLIENT[1] + "\n")
    done = stack.cli("sign-in", "set", "--tenant", partner.tenant, "--issuer", provider.issuer, "--client-id", CLIENT[0], "--secret-file", secret)
    assert done["redirect_uri"] == stack.base + "/console/openid/callback"
    stack.cli("member", "add", "--tenant", partner.tenant, "--email", "Ada@corp.example", "--role", "administrator")
    stack.cli("member", "add", "--tenant", partner.tenant, "--email", "max@corp.example", "--role", "manager")
    return partner


def client(stack, address=None):
    """A browser; each request comes from another address unless one is given."""
    headers = {"origin": stack.base, **({"x-forwarded-for": address} if address else {})}
    return httpx.Client(timeout=30, trust_env=False, base_url=stack.base, headers=headers, event_hooks={"request": [come_from_anywhere]})


def begin(stack, partner, http=None):
    """The browser after its visit to the provider, and the URL that it is redirected to."""
    http = http or client(stack)
    page = http.get(f"/console/sign-in/organisation?account={partner.tenant}")
    assert page.status_code == 200, page.text
    url = re.search(r'id="provider" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    return http, httpx.get(url, trust_env=False).headers["location"]


def sign_in(stack, provider, partner, **person):
    provider.person = {"sub": "s-" + person["email"], "email_verified": True, **person}
    http, back = begin(stack, partner)
    return http, http.get(back)


def refused(page, status):
    assert page.status_code == status, page.text
    assert not any("hearth-console=" in each for each in page.headers.get_list("set-cookie"))
