"""Steps of a partner and an owner with an invitation."""

import contract


def checked(answer, status=200):
    contract.check(answer)
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def invitation(partner, id):
    return checked(partner.call("GET", f"/invitations/{id}"))


def press(stack, url):
    """Presses the owner's button; returns Microsoft's URL."""
    answer = stack.http.post(url)
    contract.check(answer)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]
