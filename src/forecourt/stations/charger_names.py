"""The name of a charger: OCPP's identifierString, the last part of the URL it connects to."""

import re

from forecourt.kernel import BadInput, ChargerId

MAX_CHARS = 48
# No character here has a special meaning in a path, log line, query or header.
_IDENTITY = re.compile(rf"[A-Za-z0-9*\-_=:+|@.]{{1,{MAX_CHARS}}}")


def is_identity(text: str) -> bool:
    """Upper and lower case are different names."""
    return _IDENTITY.fullmatch(text) is not None and text not in (".", "..")


def charger_named(text: str) -> ChargerId:
    """The id for a name. Raises BadInput if no charger could connect under that name."""
    if not is_identity(text):
        remedy = f"Use 1 to {MAX_CHARS} letters, digits or * - _ = : + | @ . without spaces."
        raise BadInput("id", f"{text[:60]!r} is not a valid charger name.", remedy)
    return ChargerId(text)
