"""What can be set about the gateway."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Seconds are real seconds, except heartbeat_s and pending_s: those are told to chargers.

    accept_unknown: an identity nobody announced may connect; its boot is answered Pending and it is listed for approval.
    join_key: if set, only with this password; with any other it is answered like a known charger with a wrong one.
    tls: None = plain sockets. organisation: whose name (O) chargers' own certificates have to bear; empty = any.
    why_no_more: why a charger's certificate (DER), let through by the trust of a context, counts no more, in words; empty: it does.
    standing_s: how often that is asked of one that is in.
    library: "picows", or "websockets" where that is not available.
    """

    host: str = "127.0.0.1"
    port: int = 9000
    tls: ssl.SSLContext | None = None
    organisation: str = ""
    why_no_more: Callable[[bytes, ssl.SSLContext], str] = lambda _certificate, _context: ""
    library: str = "picows"
    accept_unknown: bool = True
    join_key: str = ""
    heartbeat_s: int = 300
    pending_s: int = 30
    call_timeout_s: float = 30.0
    handshake_s: float = 10.0
    ping_s: float = 30.0
    pong_s: float = 10.0
    standing_s: float = 60.0
    silence_s: float = 960.0  # more than three heartbeats without a sign of life
    handshakes_at_once: int = 64
    sockets: int = 1_000_000  # in all: each is a descriptor
    unknown_at_once: int = 200
    unknown_messages: int = 60  # kept a minute, of all chargers that are not let in; the others they keep themselves
    wrong_per_id: int = 5  # a minute
    wrong_per_address: int = 200  # a minute: many chargers stand behind one address
    unknown_cards: int = 10  # different ones at a charger in ten minutes; then only those known to be good are asked about
    messages_per_s: float = 200.0  # of one charger, over time; a long one counts once more for each KiB
    messages_burst: int = 400
    in_flight_per_charger: int = 64
    in_flight: int = 20_000
    flaps_per_minute: int = 3
