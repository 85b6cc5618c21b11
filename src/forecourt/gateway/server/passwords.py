"""Chargers' passwords: slow to guess, fast to verify again, with no difference in time between known and unknown identities."""

import asyncio
import hashlib
import hmac
import secrets
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from forecourt.kernel import ChargerId

_MAX_REMEMBERED = 100_000


class PasswordVerifier:
    """Verifies with the stored slow hash once, in a thread; after that a keyed digest in memory is enough.

    decoy_hash: the hash that unknown identities are compared with, as slow as the stored ones.
    """

    def __init__(self, decoy_hash: str | None = None) -> None:
        self._key = secrets.token_bytes(32)
        self._hasher = PasswordHasher(time_cost=1, memory_cost=512, parallelism=1)
        self._decoy = decoy_hash or self._hasher.hash(secrets.token_hex())
        self._known: dict[ChargerId, bytes] = {}
        self._thread = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def is_remembered(self, charger_id: ChargerId, secret_hash: str, password: bytes) -> bool:
        """Whether exactly this password was verified against exactly this hash before."""
        known = self._known.get(charger_id, b"")
        return hmac.compare_digest(known, self._digest(secret_hash, password))

    async def verify(self, charger_id: ChargerId, secret_hash: str | None, password: bytes) -> bool:
        """secret_hash None: an unknown identity; takes as long as a wrong password, and the result is False."""
        loop = asyncio.get_running_loop()
        is_right = await loop.run_in_executor(self._thread, self._matches, secret_hash or self._decoy, password)
        if not is_right or secret_hash is None:
            return False
        if len(self._known) >= _MAX_REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._known[charger_id] = self._digest(secret_hash, password)
        return True

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _matches(self, secret_hash: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(secret_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def _digest(self, secret_hash: str, password: bytes) -> bytes:
        return hashlib.blake2b(secret_hash.encode() + b"\0" + password, key=self._key, digest_size=32).digest()


def basic_password(header: str | None, charger_id: ChargerId) -> bytes | None:
    """The password of a Basic Authorization header whose user is this charger; None for any other header.

    The password is bytes: OCPP 1.6 allows every byte value in it, including colons and zeros.
    """
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic" or len(encoded) > 400:
        return None
    try:
        decoded = b64decode(encoded.strip(), validate=True)
    except ValueError:
        return None
    user = f"{charger_id}:".encode()
    return decoded[len(user) :] if hmac.compare_digest(decoded[: len(user)], user) else None
