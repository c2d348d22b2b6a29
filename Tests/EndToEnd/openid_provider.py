"""A small OpenID provider: discovery, keys, authorize, token. `person` says who is signed in, `bend` what is wrong."""

import base64
import hashlib
import http.server
import json
import secrets
import threading
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = ("console-client", "provider/secret+1")


class Provider:
    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.person = {}
        self.bend = {}
        self.codes = {}
        self.asked = []
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                if url.path == "/.well-known/openid-configuration":
                    self.answer(provider.discovery())
                elif url.path == "/keys":
                    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(provider.key.public_key()))
                    self.answer({"keys": [{**public, "kid": "k1", "use": "sig"}]})
                elif url.path == "/authorize":
                    provider.asked.append(query)
                    code = secrets.token_urlsafe(16)
                    provider.codes[code] = query
                    back = {"code": code, "state": query["state"]} if not provider.bend.get("decline") else {
                        "error": "access_denied", "state": query["state"]}
                    self.send_response(302)
                    self.send_header("location", query["redirect_uri"] + "?" + urllib.parse.urlencode(back))
                    self.end_headers()

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
                query = provider.codes.pop(form.get("code"), None)
                challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
                if query is None or (form["client_id"], form["client_secret"]) != CLIENT \
                        or challenge != query["code_challenge"] or form["redirect_uri"] != query["redirect_uri"]:
                    return self.answer({"error": "invalid_grant"}, 400)
                self.answer({"token_type": "Bearer", "access_token": "x", "id_token": provider.token(query)})

            def answer(self, body, status=200):
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def discovery(self):
        return {
            "issuer": self.bend.get("issuer_of_discovery", self.issuer), "authorization_endpoint": self.issuer + "/authorize",
            "token_endpoint": self.issuer + "/token", "jwks_uri": self.issuer + "/keys",
        }

    def token(self, query):
        claims = {
            "iss": self.issuer, "aud": CLIENT[0], "nonce": query["nonce"], "iat": int(time.time()),
            "exp": int(time.time()) + 600, **self.person, **self.bend.get("claims", {}),
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        how = self.bend.get("signature", "right")
        if how == "none":
            return jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"})
        if how == "hs256":
            return jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": "k1"})
        headers = {} if how == "no key id" else {"kid": "k2" if how == "unknown key" else "k1"}
        return jwt.encode(claims, self.stranger if how == "stranger" else self.key, algorithm="RS256", headers=headers)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
