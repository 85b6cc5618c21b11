"""A place in the queue for a socket of a kind at a site: waiting, called, passed on, served or lost."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.kernel import Conflict, DriverId, EvseId, OperatorId, SessionId, SiteId, Text, TokenUid, instant_text
from forecourt.reservations.model import Note
from forecourt.stations import ANY_BAY, BayNeed


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not this driver's turn yet."""


@dataclass(frozen=True, slots=True)
class Called:
    """It is this driver's turn: the socket is reserved until `until`. free_until: until when a stay there conflicts with no promise."""

    evse_id: EvseId
    called_at: datetime
    until: datetime
    free_until: datetime


@dataclass(frozen=True, slots=True)
class Served:
    """The driver came and is charging (or has charged)."""

    session_id: SessionId
    served_at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """The driver gave the place up."""

    left_at: datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """The driver was called but nobody came; the next was called."""

    expired_at: datetime


TicketState = Waiting | Called | Served | Left | Expired
_OVER = {Served: Text("served"), Left: Text("left"), Expired: Text("expired")}


@dataclass(frozen=True, slots=True)
class Ticket:
    """stands_at: the instant that orders the queue: when the driver joined; earlier by the lead for a member; later after a pass.

    number: the charger's reservation id (OCPP int32). passed: how often the driver let others go first; of two with the same
    stands_at, the one who passed more often is behind. foreseen_at: when the turn was expected at joining. first_called_at: when it
    came. notified: codes "turn", "turn_lost", "passed", "stay_too_long", "bay_unlike", "turn_over"; what: the bay's label, or the end of
    the reservation. need: what the bay must offer.
    """

    id: UUID
    operator_id: OperatorId
    site_id: SiteId
    kind: str
    driver_id: DriverId
    token: TokenUid
    number: int
    joined_at: datetime
    stands_at: datetime
    member: bool = False
    state: TicketState = Waiting()
    passed: int = 0
    foreseen_at: datetime | None = None
    first_called_at: datetime | None = None
    notified: tuple[Note, ...] = ()
    need: BayNeed = ANY_BAY

    @property
    def live(self) -> bool:
        return isinstance(self.state, Waiting | Called)

    @property
    def is_waiting(self) -> bool:
        return isinstance(self.state, Waiting)

    @property
    def called_to(self) -> EvseId | None:
        return self.state.evse_id if isinstance(self.state, Called) else None

    def skipped_since(self, code: str) -> datetime | None:
        """Since when drivers behind may go first, for that reason; None: they may not."""
        return next((note.at for note in self.notified if note.code == code), None)

    @property
    def sort_key(self) -> tuple[datetime, int, datetime, UUID]:
        """Sort key of the queue."""
        return self.stands_at, self.passed, self.joined_at, self.id


def call(ticket: Ticket, turn: Called, label: str) -> Ticket:
    if not ticket.is_waiting:
        raise Conflict("not_waiting", "Only who waits can be called.")
    first = ticket.first_called_at or turn.called_at
    return _with_note(replace(ticket, state=turn, first_called_at=first), turn.called_at, "turn", label)


def withdraw_call(ticket: Ticket, at: datetime, label: str) -> Ticket:
    """The socket cannot be kept: the driver goes on waiting, in the same place."""
    _must_be_called(ticket)
    return _with_note(replace(ticket, state=Waiting()), at, "turn_lost", label)


def give_way(ticket: Ticket, behind: Ticket | None, at: datetime) -> Ticket:
    """Let the next driver go first. behind: the next one waiting, or None. The driver keeps waiting, right after that one."""
    _must_live(ticket)
    if behind is None:
        raise Conflict("nobody_behind", "No one is waiting behind you.", "Leave the queue if you are not coming.")
    passed = max(ticket.passed, behind.passed) + 1
    return _with_note(replace(ticket, state=Waiting(), stands_at=behind.stands_at, passed=passed), at, "passed", "")


def mark_skipped(ticket: Ticket, code: str, at: datetime) -> Ticket:
    """Record why a bay was given to somebody behind: it was free for less than this driver's stay ("stay_too_long"), or does not
    meet their need ("bay_unlike"). They keep their place. Recorded once."""
    return ticket if ticket.skipped_since(code) or not ticket.is_waiting else _with_note(ticket, at, code, "")


def change_need(ticket: Ticket, need: BayNeed) -> Ticket:
    """Change the need; the place stays the same."""
    _must_live(ticket)
    return replace(ticket, need=need)


def leave(ticket: Ticket, at: datetime) -> Ticket:
    """Leave; leaving twice is no error, and the first one counts."""
    if isinstance(ticket.state, Left):
        return ticket
    _must_live(ticket)
    return replace(ticket, state=Left(at))


def serve(ticket: Ticket, session_id: SessionId, at: datetime) -> Ticket:
    """The driver is charging, at whichever socket."""
    _must_live(ticket)
    return replace(ticket, state=Served(session_id, at))


def expire(ticket: Ticket, at: datetime) -> Ticket:
    turn = _must_be_called(ticket)
    if at < turn.until:
        raise Conflict("still_held", "The driver may still come.")
    return _with_note(replace(ticket, state=Expired(at)), at, "turn_over", instant_text(turn.until))


def extend_call(ticket: Ticket, until: datetime) -> Ticket:
    """The driver is there and about to start; a reservation never gets shorter."""
    turn = _must_be_called(ticket)
    return replace(ticket, state=replace(turn, until=max(turn.until, until)))


def with_member_lead(ticket: Ticket, lead: timedelta) -> Ticket:
    """The ticket with a member's lead over others."""
    return replace(ticket, stands_at=ticket.joined_at - lead, member=lead > timedelta())


def _with_note(ticket: Ticket, at: datetime, code: str, what: str) -> Ticket:
    return replace(ticket, notified=(*ticket.notified, Note(at, code, what)))


def _must_live(ticket: Ticket) -> None:
    if not ticket.live:
        raise Conflict("place_over", "Your place in the queue has ended: {over}.", "Join again.", over=_OVER[type(ticket.state)])


def _must_be_called(ticket: Ticket) -> Called:
    if not isinstance(ticket.state, Called):
        raise Conflict("not_called", "It is not this driver's turn.")
    return ticket.state
