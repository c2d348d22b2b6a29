"""A small OpenID provider: discovery, keys, authorize, token, userinfo. `person` is signed in, `bend` sets deviations:

issuer_of_discovery   the issuer in the discovery document
metadata              members of the discovery document to add, or to omit if None
down                  paths that answer 503
decline               whether the person declines
claims                members of the id_token to add, or to omit if None
header, payload       texts that replace the id_token's header and claims; they are signed correctly
signature             none, hs256, stranger, unknown key, no key id
algorithm             RS256 by default
userinfo              the response of the userinfo endpoint
"""

import base64
import hashlib
import http.server
import json
import secrets
import threading
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

CLIENT = ("console-client", "provider/secret+1%&=")
ALGORITHMS = {"ES256": jwt.algorithms.ECAlgorithm, "EdDSA": jwt.algorithms.OKPAlgorithm}


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Provider:
    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.others = {"ES256": ec.generate_private_key(ec.SECP256R1()), "EdDSA": ed25519.Ed25519PrivateKey.generate()}
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.person = {}
        self.bend = {}
        self.codes = {}
        self.asked = []
        self.calls = []
        self.redeemed = []
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                provider.calls.append(url.path)
                if url.path in provider.bend.get("down", ()):
                    self.answer({}, 503)
                elif url.path == "/.well-known/openid-configuration":
                    self.answer(provider.discovery())
                elif url.path == "/keys":
                    self.answer(provider.keys())
                elif url.path == "/userinfo":
                    known = self.headers["authorization"] == "Bearer an-access-token"
                    self.answer(provider.bend["userinfo"] if known else {}, 200 if known else 401)
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
                provider.calls.append(self.path)
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
                code = form.get("code")
                query = provider.codes.pop(code, None)
                challenge = encoded(hashlib.sha256(form["code_verifier"].encode()).digest())
                if query is None or not self.is_client(form) or challenge != query["code_challenge"] \
                        or form["redirect_uri"] != query["redirect_uri"]:
                    return self.answer({"error": "invalid_grant"}, 400)
                provider.redeemed.append(code)
                self.answer({"token_type": "Bearer", "access_token": "an-access-token", "id_token": provider.token(query)})

            def is_client(self, form):
                """Authenticates the client by the method in the discovery document; Basic if it names none (RFC 6749, section 2.3.1)."""
                offered = provider.discovery().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
                if "client_secret_basic" in offered:
                    kind, _, pair = self.headers.get("authorization", "").partition(" ")
                    parts = base64.b64decode(pair).decode().split(":")
                    return kind == "Basic" and "client_secret" not in form and tuple(map(urllib.parse.unquote_plus, parts)) == CLIENT
                return "authorization" not in self.headers and (form.get("client_id"), form.get("client_secret")) == CLIENT

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
        metadata = {
            "issuer": self.bend.get("issuer_of_discovery", self.issuer), "authorization_endpoint": self.issuer + "/authorize",
            "token_endpoint": self.issuer + "/token", "jwks_uri": self.issuer + "/keys", **self.bend.get("metadata", {}),
        }
        if "userinfo" in self.bend:
            metadata["userinfo_endpoint"] = self.issuer + "/userinfo"
        return {name: value for name, value in metadata.items() if value is not None}

    def keys(self):
        keys = [(jwt.algorithms.RSAAlgorithm, self.key), *((ALGORITHMS[name], key) for name, key in self.others.items())]
        return {"keys": [{**json.loads(kind.to_jwk(key.public_key())), "kid": "k1", "use": "sig"} for kind, key in keys]}

    def token(self, query):
        claims = {
            "iss": self.issuer, "aud": CLIENT[0], "nonce": query["nonce"], "iat": int(time.time()),
            "exp": int(time.time()) + 600, **self.person, **self.bend.get("claims", {}),
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if "header" in self.bend or "payload" in self.bend:
            return self.signed(self.bend.get("header", '{"alg":"RS256","kid":"k1"}'), self.bend.get("payload"), claims)
        how = self.bend.get("signature", "right")
        if how == "none":
            return jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"})
        if how == "hs256":
            return jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": "k1"})
        headers = {} if how == "no key id" else {"kid": "k2" if how == "unknown key" else "k1"}
        algorithm = self.bend.get("algorithm", "RS256")
        key = self.stranger if how == "stranger" else self.others.get(algorithm, self.key)
        return jwt.encode(claims, key, algorithm=algorithm, headers=headers)

    def signed(self, header, payload, claims):
        """`payload` may contain `{claims}`: the members of the correct claims."""
        members = json.dumps(claims)[1:-1]
        text = "{" + members + "}" if payload is None else payload.replace("{claims}", members)
        signed = encoded(header.encode()) + "." + encoded(text.encode())
        return signed + "." + encoded(jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(signed.encode(), self.key))

    def close(self):
        self.server.shutdown()
        self.server.server_close()
