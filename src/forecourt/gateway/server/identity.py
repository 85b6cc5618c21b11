"""The one place where a URL becomes a charger's identity."""

import re
from urllib.parse import unquote_to_bytes

from forecourt.kernel import ChargerId

_PREFIX = "/ocpp/"
_MAX_CHARS = 48
# OCPP's identifierString. Nothing in it has a meaning in a path, a log line, a query or a header.
_IDENTITY = re.compile(rf"[A-Za-z0-9*\-_=:+|@.]{{1,{_MAX_CHARS}}}")
_ESCAPES = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


def parse_identity(target: str) -> ChargerId | None:
    """`/ocpp/CP%2D1` -> CP-1; None for any other path, a query, a second segment, or an identity that may not be.

    Percent escapes are decoded once. Upper and lower case differ.
    """
    if len(target) > len(_PREFIX) + 3 * _MAX_CHARS or not target.startswith(_PREFIX):
        return None
    encoded = target[len(_PREFIX) :]
    if not encoded.isascii() or not _ESCAPES.fullmatch(encoded):
        return None
    text = unquote_to_bytes(encoded).decode("latin-1")
    if not _IDENTITY.fullmatch(text) or text in (".", ".."):
        return None
    return ChargerId(text)
