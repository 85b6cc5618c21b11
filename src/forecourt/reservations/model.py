"""Bookings: a promise of a socket of a kind at a site for a window; which socket is chosen late."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.kernel import BookingId, DriverId, EvseId, Money, OperatorId, SessionId, SiteId, Span, TariffVersionId, TokenUid

BIND_BEFORE = timedelta(minutes=10)
GRACE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Quote:
    """The price shown when the promise was made: which tariff version, and what a typical charge in the window costs."""

    tariff_version_id: TariffVersionId
    energy_wh: int
    gross: Money


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Promised; no socket chosen yet."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A socket is chosen and kept free for the driver."""

    evse_id: EvseId
    bound_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The driver came and charges (or has charged)."""

    session_id: SessionId
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Cancelled:
    cancelled_at: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """Nobody came within the grace; the socket went back to the others."""

    missed_at: datetime


BookingState = Confirmed | Bound | Kept | Cancelled | Missed


@dataclass(frozen=True, slots=True)
class Booking:
    """number: the charger's reservation id (OCPP int32). lane: 0 .. sockets-1 in the pool of its kind; two live
    bookings of one lane never overlap, which the database refuses as well. A lane is not a socket."""

    id: BookingId
    operator_id: OperatorId
    site_id: SiteId
    kind: str
    driver_id: DriverId
    token: TokenUid
    window: Span
    number: int
    lane: int
    made_at: datetime
    state: BookingState
    quote: Quote | None = None

    @property
    def live(self) -> bool:
        """It still claims a socket in its window."""
        return isinstance(self.state, Confirmed | Bound)
