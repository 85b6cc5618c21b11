"""A push service and the browser behind it, in the test's own process: takes messages over HTTP, checks who sends, decrypts."""

import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import json


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private(text: str) -> EllipticCurvePrivateKey:
    return derive_private_key(int.from_bytes(raw(text), "big"), SECP256R1())


# The browser of RFC 8291, appendix A.
BROWSER, AUTH = private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), raw("BTBZMqHH6r4Tts7J_aSIgg")
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"


def opened(body: bytes, browser: EllipticCurvePrivateKey = BROWSER, auth: bytes = AUTH) -> bytes:
    """As a browser does it (RFC 8188 and 8291), written apart from what it judges."""
    salt, record, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, sealed = body[21 : 21 + length], body[21 + length :]
    assert length == 65 and len(sealed) <= record
    mine = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = browser.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), sender))
    key = HKDF(hashes.SHA256(), 32, auth, b"WebPush: info\0" + mine + sender).derive(shared)
    content, nonce = (HKDF(hashes.SHA256(), size, salt, b"Content-Encoding: " + name + b"\0").derive(key) for size, name in _PARTS)
    plain = AESGCM(content).decrypt(nonce, sealed, None)
    assert plain.rstrip(b"\0").endswith(b"\x02")
    return plain.rstrip(b"\0")[:-1]


_PARTS = ((16, b"aes128gcm"), (12, b"nonce"))


def signed_by(authorization: str) -> tuple[str, dict[str, object]]:
    """The key that signed (base64url) and the claims of a VAPID header; fails where the signature does not fit."""
    scheme, _, rest = authorization.partition(" ")
    given = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, signature = given["t"].split(".")
    assert scheme == "vapid" and json.decode(raw(head)) == {"typ": "JWT", "alg": "ES256"}
    both = raw(signature)
    der = encode_dss_signature(int.from_bytes(both[:32], "big"), int.from_bytes(both[32:], "big"))
    key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw(given["k"]))
    key.verify(der, f"{head}.{claims}".encode(), ECDSA(hashes.SHA256()))
    return given["k"], json.decode(raw(claims))


class PushService(ThreadingHTTPServer):
    """codes: what it answers by path, else 201. taken: (path, headers, body) of what came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.codes: dict[str, int] = {}
        self.taken: list[tuple[str, dict[str, str], bytes]] = []

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: PushService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append((self.path, dict(self.headers), body))
        self.send_response(self.server.codes.get(self.path, 201))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def push_service() -> Iterator[PushService]:
    with PushService() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def text(plain: bytes) -> str:
    return urlsafe_b64encode(plain).decode().rstrip("=")
