"""The answer to a handshake that is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandshakeRefusal:
    """An HTTP answer without a body, so that it reveals nothing. reason: a short word to count by."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
