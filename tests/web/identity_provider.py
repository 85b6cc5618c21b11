"""An identity provider of one's own (OpenID Connect): honest, or hostile where a test says so."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

CLIENT, SECRET = "forecourt", "a+secret/of:ours"
Key = ec.EllipticCurvePrivateKey


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def fresh_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def jwk(key: Key, kid: str) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "kid": kid,
        "use": "sig",
        **{at: b64(getattr(numbers, at).to_bytes(32, "big")) for at in ("x", "y")},
    }


def signed(key: Key, head: dict[str, Any], claims: dict[str, Any]) -> str:
    said = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    pair = utils.decode_dss_signature(key.sign(said.encode(), ec.ECDSA(SHA256())))
    return f"{said}.{b64(b''.join(one.to_bytes(32, 'big') for one in pair))}"


@dataclass
class IdentityProvider:
    """person: claims of who is signed in there. lies: claims of the token that are otherwise than they should be; None = left out.
    outside: what is said at the userinfo endpoint alone. head: of the token. error: what it answers instead of a code. way: how it
    takes our secret alone."""

    person: dict[str, Any]
    issuer: str = ""
    lies: dict[str, Any] = field(default_factory=dict)
    outside: dict[str, Any] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=lambda: {"alg": "ES256", "kid": "one"})
    keys: dict[str, Key] = field(default_factory=lambda: {"one": fresh_key()})
    signing: Key | None = None
    secret: str = SECRET
    way: str = "client_secret_basic"
    error: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    make_token: Any = signed

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        said = {"state": asked["state"], "iss": self.issuer}
        if self.error:
            return f"{asked['redirect_uri']}?{urlencode({**said, 'error': self.error})}"
        assert (asked["response_type"], asked["code_challenge_method"], asked["client_id"]) == ("code", "S256", CLIENT)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({**said, 'code': code})}"

    def token(self, heading: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """A code is good once, with the verifier of its challenge (RFC 6749, 7636)."""
        client, _, secret = (unquote(one) for one in base64.b64decode(heading.removeprefix("Basic ")).decode().partition(":"))
        if self.way == "client_secret_post":
            client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if (client, secret) != (CLIENT, self.secret):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if asked is None or (asked["code_challenge"], asked["redirect_uri"]) != (challenge, form["redirect_uri"]):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.person, **self.lies}
        key = self.signing or self.keys["one" if "one" in self.keys else next(iter(self.keys))]
        token = self.make_token(key, self.head, {name: value for name, value in claims.items() if value is not None})
        return 200, {"access_token": "let me see", "token_type": "Bearer", "id_token": token}

    def ended(self, **lies: Any) -> str:
        """A logout token (OpenID Connect Back-Channel Logout 1.0) about who is signed in there; None = left out."""
        now, event = int(time.time()), {"http://schemas.openid.net/event/backchannel-logout": {}}
        told = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8), "events": event}
        told |= {"sub": self.person["sub"], **lies}
        key = self.signing or self.keys["one"]
        return self.make_token(key, {**self.head, "typ": "logout+jwt"}, {name: value for name, value in told.items() if value is not None})

    def answer(self, path: str, heading: str) -> dict[str, Any]:
        self.asked.append(path)
        if path == "/keys":
            return {"keys": [{"kty": "oct", "k": "AAAA"}, *(jwk(key, kid) for kid, key in self.keys.items())]}
        if path == "/userinfo" and heading == "Bearer let me see":
            return {"sub": self.person["sub"], **self.outside}
        ends = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("authorization", "token", "userinfo")}
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **ends, **self.configuration}


@contextmanager
def serving(provider: IdentityProvider) -> Iterator[IdentityProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorization":
                self.send_response(302)
                self.send_header("location", provider.authorize(dict(parse_qsl(parts.query))))
                self.send_header("content-length", "0")
                self.end_headers()
            else:
                self._say(200, provider.answer(parts.path, self.headers.get("authorization", "")))

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
            self._say(*provider.token(self.headers.get("authorization", ""), form))

        def _say(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.02}).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
