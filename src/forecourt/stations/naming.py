"""What a charger is called: OCPP's identifierString, as it stands at the end of the address it calls."""

import re

from forecourt.kernel import BadInput, ChargerId

MOST_CHARS = 48
# Nothing in it has a meaning in a path, a log line, a query or a header.
_IDENTITY = re.compile(rf"[A-Za-z0-9*\-_=:+|@.]{{1,{MOST_CHARS}}}")


def is_identity(text: str) -> bool:
    """Upper and lower case differ."""
    return _IDENTITY.fullmatch(text) is not None and text not in (".", "..")


def charger_named(text: str) -> ChargerId:
    """Raises BadInput where no charger could call under that name."""
    if not is_identity(text):
        remedy = f"Take 1 to {MOST_CHARS} letters, digits or * - _ = : + | @ . without spaces."
        raise BadInput("id", f"{text[:60]!r} cannot be a charger's name.", remedy)
    return ChargerId(text)
