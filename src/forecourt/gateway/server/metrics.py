"""What the gateway counts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GatewayFigures:
    """The counters at one moment. rejects, refusals, notes, orders: by a short word. evicted: connections dropped, before they
    identified themselves, because there was no room."""

    sockets: int
    sockets_pending: int
    sockets_free: int
    evicted: int
    frames: int
    facts_stored: int
    facts_repeated: int
    acknowledged: int
    in_flight: int
    healthy: bool
    rejects: Mapping[str, int]
    refusals: Mapping[str, int]
    notes: Mapping[str, int]
    orders: Mapping[str, int]
    flapping: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """The running counters behind the figures. acknowledged: facts that are durable, including repeats."""

    frames: int = 0
    facts_repeated: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    rejects: Counter[str] = field(default_factory=Counter)  # frames refused, by reason
    refusals: Counter[str] = field(default_factory=Counter)  # handshakes refused, by reason
    notes: Counter[str] = field(default_factory=Counter)  # messages that are only acknowledged, and unusual events
    orders: Counter[str] = field(default_factory=Counter)  # by outcome
