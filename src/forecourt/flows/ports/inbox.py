"""Messages received from chargers, the quarantine, and commands that have been answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import ChargerId, DriverId, OperatorId, SiteId
from forecourt.stations import Acknowledgement, InboxItem, Message, SignedReading


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A stored message. id grows in order of storing. applied: it has had its effect."""

    id: int
    message: Message
    ack: Acknowledgement
    applied: bool = False


@dataclass(frozen=True, slots=True)
class LateEnd:
    """The end of a charge and its meter reading (Wh), as reported after it was sealed. signed: as signed by the meter."""

    at: datetime
    register_wh: int
    signed: tuple[SignedReading, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingAcknowledgement:
    """A person has decided that an entry stays as it is. by: an account id. facts: what the decision rests on; it ends when they change."""

    at: datetime
    by: str
    reason: str
    facts: str


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A message or record that is stored but not acted on until a person has reviewed it. subject: what it is about. late: for an end
    reported after its charge was sealed.

    settled: how it was resolved automatically; empty: it waits, or a person has cleared it. acknowledged: it stays open but waits for
    nobody.
    """

    id: UUID
    operator_id: OperatorId
    site_id: SiteId | None
    charger_id: ChargerId | None
    at: datetime
    code: str
    text: str
    subject: str = ""
    raw: str = ""
    cleared_at: datetime | None = None
    settled: str = ""
    late: LateEnd | None = None
    acknowledged: FindingAcknowledgement | None = None


class Inbox(Protocol):
    """Every charger message of a transaction, as received."""

    def prefetch(self, said: Sequence[InboxItem]) -> None:
        """An optional hint: these messages are about to be handled, so what they refer to may be read in one go."""
        ...

    def next_transactions(self, count: int) -> Sequence[str]:
        """Fresh, unguessable OCPP 1.6 transaction ids (1 .. 2^31-1)."""
        ...

    def add(self, messages: Sequence[Message], acks: Sequence[Acknowledgement]) -> Sequence[Acknowledgement]:
        """Store messages with their acknowledgements. Returns the acknowledgements in the same order; a message that was stored before
        gets the one stored with it, marked as repeated."""
        ...

    def sites_waiting(self) -> Sequence[SiteId]:
        """Sites with an unapplied message, by id."""
        ...

    def lock_site(self, site_id: SiteId) -> bool:
        """Lock the applying of the site's messages until this unit of work ends, without waiting. False if another unit holds the lock."""
        ...

    def unapplied(self, site_id: SiteId, limit: int) -> Sequence[InboxRow]:
        """The oldest unapplied messages of a site, in the order of arrival. Lock the site first."""
        ...

    def unapplied_starts(self, operator_id: OperatorId, driver_id: DriverId) -> Sequence[InboxRow]:
        """Of the newest unapplied messages, those that start or continue a charge of the driver by card."""
        ...

    def mark_applied(self, site_id: SiteId, row_ids: Sequence[int]) -> None: ...
    def quarantine(self, entry: QuarantineEntry) -> None: ...
    def quarantined(self, limit: int = 100) -> Sequence[QuarantineEntry]:
        """Open entries of all operators, newest first; entries of one instant in the order of `quarantine_page`."""
        ...

    def quarantine_page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[QuarantineEntry]:
        """Open entries of one operator, newest first."""
        ...

    def quarantine_count(self, operator_id: OperatorId | None = None, until: datetime | None = None) -> int:
        """The number of open entries. operator_id None: of all operators. until: only those quarantined before then."""
        ...

    def clear_quarantine(self, operator_id: OperatorId, entry_id: UUID, at: datetime, settled: str = "") -> QuarantineEntry | None:
        """Clear an entry: staff have reviewed it or (settled: how) it was resolved automatically. None: no such entry is open."""
        ...

    def quarantined_about(self, operator_id: OperatorId, subject: str) -> Sequence[QuarantineEntry]:
        """The open entries about a subject, oldest first."""
        ...

    def cleared_by_staff(self, site_id: SiteId, code: str) -> Sequence[QuarantineEntry]:
        """Entries with this code that staff, not the program, have cleared; in any order. For rebuilding state."""
        ...

    def of_session(self, charger_id: ChargerId, transaction: str) -> Sequence[InboxRow]:
        """The stored messages of a transaction, applied or not, in the order of storing."""
        ...

    def all_rows(self, site_id: SiteId, after_id: int, limit: int) -> Sequence[InboxRow]:
        """A site's messages with a higher id, applied or not, in the order of storing. For rebuilding state."""
        ...


class CommandResults(Protocol):
    """Answers already given, by idempotency key, so that a command sent twice has one effect. asked: a digest of the request; "" if it
    was not stored."""

    def answer(self, key: str) -> bytes | None:
        """The answer stored for a key; None if there is none. Waits while another unit of work carries out the same command."""
        ...

    def request_digest(self, key: str) -> str:
        """The digest of the request stored for a key; "" if there is none."""
        ...

    def put(self, key: str, answer: bytes, at: datetime, asked: str = "") -> None: ...
