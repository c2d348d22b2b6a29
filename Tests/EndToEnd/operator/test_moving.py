"""docs/moving-from-mailivery.md: its commands do what the text says."""

import json

import documents
from mailivery_server import KEY, MailiveryServer, campaign


def test_moving_from_mailivery(stack, tmp_path):
    partner = stack.tenant()
    server = MailiveryServer([
        campaign(137474, "moving@outlook.com"), campaign(137475, "other@gmail.com", imap_type="gmail", smtp_type="gmail")])
    try:
        import_, listing, old_id = documents.examples("moving-from-mailivery.md")
        settings = {
            **stack.environment, "TENANT": str(partner.tenant), "MAILIVERY_URL": server.base, "MAILIVERY_API_KEY": KEY,
            "HEARTH": stack.base, "KEY": partner.key,
        }
        [(_, _, dry), (_, shown, printed)] = documents.run([import_, listing], tmp_path, **settings)
        assert "Dry run: 1 created, 1 skipped" in dry and printed == shown
        links = [each["url"] for each in json.loads((tmp_path / "import.json").read_text())["campaigns"] if each["url"]]
        for link in links:
            partner.follow(link)
        [(_, shown, printed)] = documents.run([old_id], tmp_path, **settings)
        assert printed == shown
    finally:
        server.close()
