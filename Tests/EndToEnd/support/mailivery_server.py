"""A stand-in for Mailivery: its reads, with typical faults."""

import http.server
import json
import re
import threading
import urllib.parse

KEY = "mailivery-key"


def campaign(id, email, **members):
    """A campaign as in Mailivery's documentation, with the members found in the details."""
    return {
        "id": id, "first_name": "Ann", "last_name": "Lee", "name": "Ann Lee", "email": email, "status_code": "active",
        "timezone": "Europe/Berlin", "email_per_day": 22, "response_rate": 35, "archive_folder": None,
        "outreach_today": 3, "response_today": 1, "smto": {"host": "smtp.example", "password": "not-for-us"}, "imap": {},
        "dashboard_url": "https://app.mailivery.io/c/1", "created_at": "2024-04-26T10:00:00Z",
        "updated_at": "2024-04-26T10:00:00Z", "imap_type": "ms-graph", "smtp_type": "office 365", "tags": ["sales"],
        "owner": {"email": "owner@partner.example"}, "connection_problem": False, **members,
    }


class MailiveryServer:
    """`faults` are returned first, one per request: a status, with Retry-After if it is 429."""

    DETAILS = ("tags", "owner", "imap_type", "smtp_type")

    def __init__(self, campaigns):
        self.campaigns = {each["id"]: each for each in campaigns}
        self.faults = []
        self.hidden = set()  # ids that are listed but cannot be read
        self.hangs_at = None  # the id whose details are never returned
        self.hanging = threading.Event()
        self.requests = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, body, **headers):
                content = json.dumps(body).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_any(self):
                server.requests.append((self.command, self.path))
                if self.headers["authorization"] != f"Bearer {KEY}":
                    return self.answer(401, {"code": "UNAUTHENTICATED", "message": "no"})
                if server.faults:
                    status = server.faults.pop(0)
                    return self.answer(status, {"code": "FAULT", "message": "no"}, **({"retry-after": "1"} if status == 429 else {}))
                status, body = server.read(self.path) if self.command == "GET" else (405, {})
                self.answer(status, body)

            do_GET = do_POST = do_PATCH = do_DELETE = do_any

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                """Ignored: a killed reader resets its connection."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}/api/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def read(self, path):
        if path == "/api/v1/campaigns":
            listed = [{n: v for n, v in each.items() if n not in self.DETAILS} for each in self.campaigns.values()]
            return 200, self.success(listed)
        if path == "/api/v1/account/limits":
            return 200, {"data": {"email_per_day": {"total": 12000, "used": 44, "available": 11956}}}
        found = re.fullmatch(r"/api/v1/campaigns/([^/?#]+)", path)
        asked = urllib.parse.unquote(found[1]) if found else None
        if asked == str(self.hangs_at):
            self.hanging.set()
            threading.Event().wait(60)
        for id, each in self.campaigns.items():
            if str(id) == asked and id not in self.hidden:
                return 200, self.success(each)
        return 403, {"code": "CAMPAIGN_NOT_FOUND", "message": "no"}

    @staticmethod
    def success(data):
        return {"data": data, "success": True, "status": 200, "code": "FETCHED", "message": "fetched"}

    def close(self):
        self.server.shutdown()
        self.server.server_close()
