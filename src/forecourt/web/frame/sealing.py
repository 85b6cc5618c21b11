"""Cookies that cannot be forged, form tokens bound to them, and secrets that cannot be read without the key."""

import base64
import hashlib
import hmac
import secrets

from forecourt.drivers import NONCE_BYTES
from forecourt.drivers import encrypt as encrypt_with_nonce


def fresh_secret() -> str:
    """256 random bits as text for a cookie or an API token."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What the store holds of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def seal(key: bytes, purpose: str, text: str) -> str:
    """text with its signature; `unseal` takes it back."""
    return f"{text}.{_mac(key, purpose, text)}"


def unseal(key: bytes, purpose: str, sealed: str) -> str | None:
    """The text, or None where the signature is not ours."""
    text, _, mac = sealed.rpartition(".")
    return text if text and hmac.compare_digest(mac.encode(), _mac(key, purpose, text).encode()) else None


def encrypt(key: bytes, purpose: str, raw: bytes) -> str:
    """Encrypt; `drivers.decrypt` reads it, for the same purpose only."""
    return encrypt_with_nonce(key, purpose, raw, secrets.token_bytes(NONCE_BYTES))


def origin_of(key: bytes, host: str) -> str:
    """Tells apart the places requests come from, and reveals nothing else about them."""
    return _mac(key, "origin", host)


def form_token(key: bytes, binding: str) -> str:
    """A token for one visitor's forms. Masked afresh for every page, so that compression cannot leak it."""
    token = hmac.new(key, f"form:{binding}".encode(), hashlib.sha256).digest()
    mask = secrets.token_bytes(len(token))
    return base64.urlsafe_b64encode(mask + _xor(mask, token)).decode()


def form_token_fits(key: bytes, binding: str, form_token: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(form_token.encode())
    except ValueError:
        return False
    token = hmac.new(key, f"form:{binding}".encode(), hashlib.sha256).digest()
    return len(raw) == 64 and hmac.compare_digest(_xor(raw[:32], raw[32:]), token)


def _mac(key: bytes, purpose: str, text: str) -> str:
    mac = hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:24]).decode()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
