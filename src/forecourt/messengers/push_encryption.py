"""Web Push messages for one browser: encrypted for it (RFC 8291 over RFC 8188), signed by us (VAPID, RFC 8292).

Pure: sends nothing, reads no clock and generates no keys.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import json

# One record; push services accept 4,096 bytes in total.
_RECORD = 4096
MAX_BYTES = 3993
# How long a signature is valid; the maximum allowed is a day.
_VALID = timedelta(hours=12)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def encrypted(plain: bytes, receiver: bytes, auth: bytes, sender: EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """The body that a push service forwards and only the browser can read. receiver: its public key, 65 bytes; auth: its secret, 16
    bytes;
    sender: a key for this message only; salt: 16 random bytes. Raises ValueError for invalid keys and for text that is too long."""
    if len(plain) > MAX_BYTES or len(auth) != 16 or len(salt) != 16:
        raise ValueError("not a message or not the keys of a browser")
    shared = sender.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), receiver))
    public_key = public_point(sender)
    content_key, nonce = _keys(shared, receiver, public_key, auth, salt)
    return (
        salt
        + _RECORD.to_bytes(4, "big")
        + bytes([len(public_key)])
        + public_key
        + AESGCM(content_key).encrypt(nonce, plain + b"\x02", None)
    )


def vapid(key: EllipticCurvePrivateKey, origin: str, contact: str, at: datetime) -> str:
    """The Authorization header that identifies the sender. origin: of the push service; contact: a mailto: or https: address."""
    claims = {"aud": origin, "exp": int((at + _VALID).timestamp()), "sub": contact}
    signed = f"{text_of(json.encode({'typ': 'JWT', 'alg': 'ES256'}))}.{text_of(json.encode(claims))}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(hashes.SHA256())))
    return f"vapid t={signed}.{text_of(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}, k={text_of(public_point(key))}"


def server_key(secret: bytes) -> EllipticCurvePrivateKey:
    """The installation's own key, derived from its secret: browsers subscribe to it, so it must stay the same."""
    wide = hashlib.sha512(b"web push\x00" + secret).digest()
    return derive_private_key(int.from_bytes(wide, "big") % (_ORDER - 1) + 1, SECP256R1())


def public_point(key: EllipticCurvePrivateKey) -> bytes:
    """65 bytes, uncompressed."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def text_of(raw: bytes) -> str:
    """Base64url without padding, as browsers write bytes."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    """Raises ValueError if the text is not base64url."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _keys(shared: bytes, receiver: bytes, sender: bytes, auth: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """The content key and the nonce of the single record."""
    both = _derived(shared, auth, b"WebPush: info\x00" + receiver + sender, 32)
    return _derived(both, salt, b"Content-Encoding: aes128gcm\x00", 16), _derived(both, salt, b"Content-Encoding: nonce\x00", 12)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
