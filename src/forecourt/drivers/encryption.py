"""Encrypts what we must show again but nobody may read without the installation's key: second factors, partners' credentials tokens."""

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12  # NIST SP 800-38D, 5.2.1.1


def encrypt(key: bytes, purpose: str, raw: bytes, nonce: bytes) -> str:
    """Encrypt with AES-256-GCM; `decrypt` reads it, for the same purpose only. nonce: random, NONCE_BYTES long, never used again."""
    return base64.urlsafe_b64encode(nonce + _cipher(key).encrypt(nonce, raw, purpose.encode())).decode()


def decrypt(key: bytes, purpose: str, encrypted: str) -> bytes | None:
    """The bytes, or None if they were not encrypted with this key and for this purpose."""
    try:
        raw = base64.urlsafe_b64decode(encrypted.encode())
        return _cipher(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode())
    except (ValueError, InvalidTag):
        return None


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(hmac.new(key, b"conceal", hashlib.sha256).digest())
