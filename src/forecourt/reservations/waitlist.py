"""The waiting list for full times: freed slots are offered to those waiting, one after the other, to accept or not."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.kernel import BookingId, Conflict, DriverId, OperatorId, SiteId, Span, Text
from forecourt.stations import ANY_BAY, BayNeed

# A slot is offered for a quarter of the time left, within these bounds; the answer is due this long before the start, so that no
# bay is chosen, and no no-show recorded, for somebody who has not accepted.
MIN_OFFER, MAX_OFFER = timedelta(minutes=30), timedelta(hours=8)
ANSWERED_BEFORE = timedelta(minutes=20)
# An offer must leave at least this long to answer.
MIN_TIME_TO_ANSWER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Hoping:
    """Nothing has become free yet."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The slot is reserved by a booking that has not been accepted yet."""

    booking_id: BookingId
    offered_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    booking_id: BookingId
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    """The driver does not want it any more."""

    declined_at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The offer expired, and the slot was offered to the next."""

    ran_out_at: datetime


@dataclass(frozen=True, slots=True)
class Unmet:
    """The time came without an offer."""

    ended_at: datetime


WaitlistState = Hoping | Offered | Taken | Declined | Unanswered | Unmet
_OVER = {Taken: Text("taken"), Declined: Text("let go"), Unanswered: Text("not answered in time"), Unmet: Text("past")}


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    """stands_at: when it was asked for; earlier by the lead for a member: offers are made in this order."""

    id: UUID
    operator_id: OperatorId
    site_id: SiteId
    kind: str
    driver_id: DriverId
    window: Span
    energy_wh: int
    requested_at: datetime
    stands_at: datetime
    need: BayNeed = ANY_BAY
    state: WaitlistState = Hoping()

    @property
    def live(self) -> bool:
        return isinstance(self.state, Hoping | Offered)

    @property
    def sort_key(self) -> tuple[datetime, datetime, UUID]:
        return self.stands_at, self.requested_at, self.id

    def offer_until(self, at: datetime) -> datetime | None:
        """Until when an offer made now could be open; None if that is too short to answer."""
        length = min(max((self.window.start - at) / 4, MIN_OFFER), MAX_OFFER)
        until = min(at + length, self.window.start - ANSWERED_BEFORE)
        return until if until - at >= MIN_TIME_TO_ANSWER else None


def make_offer(wait: WaitlistEntry, booking_id: BookingId, at: datetime, until: datetime) -> WaitlistEntry:
    if not isinstance(wait.state, Hoping):
        raise Conflict("not_hoping", "No one is waiting for this time any more.")
    return replace(wait, state=Offered(booking_id, at, until))


def resume_waiting(wait: WaitlistEntry) -> WaitlistEntry:
    """The offered slot is no longer available, through no fault of the driver."""
    _on_offer(wait)
    return replace(wait, state=Hoping())


def accept_offer(wait: WaitlistEntry, at: datetime) -> WaitlistEntry:
    state = _on_offer(wait)
    if at >= state.until:
        raise Conflict("offer_over", "The offer has expired, and the time went to the next driver.", "Look for another time.")
    return replace(wait, state=Taken(state.booking_id, at))


def decline(wait: WaitlistEntry, at: datetime) -> WaitlistEntry:
    """Decline; declining twice is no error, and the first one counts."""
    if isinstance(wait.state, Declined):
        return wait
    _must_live(wait)
    return replace(wait, state=Declined(at))


def expire_entry(wait: WaitlistEntry, at: datetime) -> WaitlistEntry:
    """The offer was not answered, or the time has come."""
    if isinstance(wait.state, Offered):
        if at < wait.state.until:
            raise Conflict("still_offered", "The driver may still say yes.")
        return replace(wait, state=Unanswered(at))
    _must_live(wait)
    return replace(wait, state=Unmet(at))


def _on_offer(wait: WaitlistEntry) -> Offered:
    _must_live(wait)
    if not isinstance(wait.state, Offered):
        raise Conflict("not_offered", "This time is not offered to you.", "We will let you know when it is.")
    return wait.state


def _must_live(wait: WaitlistEntry) -> None:
    if not wait.live:
        raise Conflict(
            "wait_over", "You are no longer waiting for this time: {over}.", "Look for another time.", over=_OVER[type(wait.state)]
        )
