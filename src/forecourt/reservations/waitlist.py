"""The waiting list for times that are full: who waits is offered what comes free, one after the other, and takes it or not."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.kernel import BookingId, Conflict, DriverId, OperatorId, SiteId, Span, Text
from forecourt.stations import ANY_BAY, BayNeed

# A slot is offered for a quarter of the time that is left, within these bounds; the answer comes this long before the start, so that no
# bay is chosen, and nobody missed, for who has not said yes.
SHORTEST_OFFER, LONGEST_OFFER = timedelta(minutes=30), timedelta(hours=8)
ANSWERED_BEFORE = timedelta(minutes=20)
# Less time than this is no offer.
LEAST_OFFER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Hoping:
    """Nothing has come free for them yet."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The slot is kept by a booking that nobody has said yes to."""

    booking_id: BookingId
    offered_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    booking_id: BookingId
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    """They do not want it any more."""

    declined_at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The offer ran out; it went to the next."""

    ran_out_at: datetime


@dataclass(frozen=True, slots=True)
class Unmet:
    """The time came, and nothing had."""

    ended_at: datetime


WaitlistState = Hoping | Offered | Taken | Declined | Unanswered | Unmet
_OVER = {Taken: Text("taken"), Declined: Text("let go"), Unanswered: Text("not answered in time"), Unmet: Text("past")}


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    """stands_at: when it was asked for, earlier by the lead for a member: those who stand first are asked first."""

    id: UUID
    operator_id: OperatorId
    site_id: SiteId
    kind: str
    driver_id: DriverId
    window: Span
    energy_wh: int
    asked_at: datetime
    stands_at: datetime
    need: BayNeed = ANY_BAY
    state: WaitlistState = Hoping()

    @property
    def live(self) -> bool:
        return isinstance(self.state, Hoping | Offered)

    @property
    def standing(self) -> tuple[datetime, datetime, UUID]:
        return self.stands_at, self.asked_at, self.id

    def offer_until(self, at: datetime) -> datetime | None:
        """To when it could be offered from now on; None where that is too short to answer."""
        length = min(max((self.window.start - at) / 4, SHORTEST_OFFER), LONGEST_OFFER)
        until = min(at + length, self.window.start - ANSWERED_BEFORE)
        return until if until - at >= LEAST_OFFER else None


def offer(wait: WaitlistEntry, booking_id: BookingId, at: datetime, until: datetime) -> WaitlistEntry:
    if not isinstance(wait.state, Hoping):
        raise Conflict("not_hoping", "Nobody waits for this time any more.")
    return replace(wait, state=Offered(booking_id, at, until))


def hope_again(wait: WaitlistEntry) -> WaitlistEntry:
    """What was offered cannot be had any more, and that is not their doing."""
    _on_offer(wait)
    return replace(wait, state=Hoping())


def take(wait: WaitlistEntry, at: datetime) -> WaitlistEntry:
    state = _on_offer(wait)
    if at >= state.until:
        raise Conflict("offer_over", "The offer has expired, and the time went to the next driver.", "Look for another time.")
    return replace(wait, state=Taken(state.booking_id, at))


def decline(wait: WaitlistEntry, at: datetime) -> WaitlistEntry:
    """Twice is no error: the first one stands."""
    if isinstance(wait.state, Declined):
        return wait
    _must_live(wait)
    return replace(wait, state=Declined(at))


def run_out(wait: WaitlistEntry, at: datetime) -> WaitlistEntry:
    """An offer nobody answered, or a time that has come."""
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
