"""The settings of the gateway."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Seconds are real seconds, except heartbeat_s and pending_s, which are sent to chargers.

    accept_unknown: an unannounced identity may connect; its boot is answered Pending, and it is listed for approval.
    join_key: if set, only with this password; any other is answered like a known charger with a wrong password.
    tls: None = plain sockets. organisation: the name (O) that chargers' own certificates must bear; empty = any.
    why_invalid: why a charger's certificate (DER), accepted by a context, is no longer valid, in words; empty: it is.
    certificate_recheck_s: how often this is checked for a connected charger.
    library: "picows", or "websockets" where picows is not available.
    """

    host: str = "127.0.0.1"
    port: int = 9000
    tls: ssl.SSLContext | None = None
    organisation: str = ""
    why_invalid: Callable[[bytes, ssl.SSLContext], str] = lambda _certificate, _context: ""
    library: str = "picows"
    accept_unknown: bool = True
    join_key: str = ""
    heartbeat_s: int = 300
    pending_s: int = 30
    call_timeout_s: float = 30.0
    handshake_s: float = 10.0
    ping_s: float = 30.0
    pong_s: float = 10.0
    certificate_recheck_s: float = 60.0
    silence_s: float = 960.0  # more than three heartbeat intervals without a sign of life
    handshakes_at_once: int = 64
    sockets: int = 1_000_000  # in total: each needs a descriptor
    unknown_at_once: int = 200
    unknown_messages: int = 60  # stored per minute, for all unapproved chargers together; they keep the rest themselves
    wrong_per_id: int = 5  # per minute
    wrong_per_address: int = 200  # per minute: many chargers share one address
    unknown_cards: int = 10  # different ones at a charger in ten minutes; above this, only known valid ones are looked up
    messages_per_s: float = 200.0  # per charger, over time; a long one counts once more for each KiB
    messages_burst: int = 400
    in_flight_per_charger: int = 64
    in_flight: int = 20_000
    flaps_per_minute: int = 3
