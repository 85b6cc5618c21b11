"""An answer to a handshake that goes no further."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """An HTTP answer without a body that could tell anything. reason: a short word to count by."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
