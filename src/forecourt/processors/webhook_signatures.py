"""Webhook signatures: "t=<unix seconds>,v1=<HMAC-SHA256 of "t.body">", several v1 while a secret is being changed."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from forecourt.kernel import Forbidden

MAX_BYTES = 64 * 1024


def check_signature(body: bytes, signature: str, secrets: Sequence[str], at: datetime, tolerance_s: float) -> None:
    """Raises Forbidden unless one of the secrets signed exactly this body, no longer ago than the tolerance."""
    signed_at, given = _parts(signature)
    if len(body) > MAX_BYTES or signed_at is None or not given:
        raise Forbidden("webhook_signature", "The webhook is not signed as it should be.")
    expected = [hmac.new(secret.encode(), f"{signed_at}.".encode() + body, sha256).hexdigest() for secret in secrets if secret]
    # Every pair is compared, so that the time taken reveals nothing.
    fits = [hmac.compare_digest(one.encode(), other.encode()) for one in expected for other in given]
    if not any(fits):
        raise Forbidden("webhook_signature", "The webhook's signature does not fit its body.")
    if abs(at.timestamp() - signed_at) > tolerance_s:
        raise Forbidden("webhook_stale", "The webhook was signed too long ago.", "Is the clock right?")


def _parts(signature: str) -> tuple[int | None, list[str]]:
    signed_at: int | None = None
    given = []
    for part in signature[:1000].split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) <= 12:
            signed_at = int(value)
        elif name == "v1":
            given.append(value)
    return signed_at, given
