"""The one place where a URL becomes a charger's identity."""

import re
from urllib.parse import unquote_to_bytes

from forecourt.kernel import ChargerId
from forecourt.stations import is_identity

_PREFIX = "/ocpp/"
_MAX_CHARS = 48
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


def parse_identity(target: str) -> ChargerId | None:
    """`/ocpp/CP%2D1` -> CP-1; None for any other path, a query, a second segment, or an invalid identity.

    Percent escapes are decoded once. Case matters.
    """
    if len(target) > len(_PREFIX) + 3 * _MAX_CHARS or not target.startswith(_PREFIX):
        return None
    encoded = target[len(_PREFIX) :]
    if not encoded.isascii() or not _ESCAPES.fullmatch(encoded):
        return None
    text = unquote_to_bytes(encoded).decode("latin-1")
    return ChargerId(text) if is_identity(text) else None
