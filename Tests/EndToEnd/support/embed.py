"""The URL of the form that a partner embeds."""


def address(partner, query="tags=spring,trial&ref=crm-4711&source=a%20b"):
    answer = partner.call("GET", f"/embed/form/secure?{query}")
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data["expiresIn"] == 900
    return data["url"]
