"""Hashes of what people and chargers know."""

import hashlib

from argon2 import PasswordHasher

_PEOPLE = PasswordHasher()
# A charger's key is 16 random bytes or more (OCPP 1.6 security white paper, 2.0.1 A00.FR.205), so it cannot be guessed however cheap the
# hash is; a cheap one lets a whole site reconnect at once after an outage.
_CHARGERS = PasswordHasher(time_cost=1, memory_cost=512, parallelism=1)


def hash_password(password: str) -> str:
    return _PEOPLE.hash(password)


def hash_charger_secret(secret: str) -> str:
    return _CHARGERS.hash(secret)


def key_digest(key: str) -> bytes:
    """The lookup key of browser sessions and API keys: SHA-256 of 32 random bytes needs no salt."""
    return hashlib.sha256(key.encode()).digest()
