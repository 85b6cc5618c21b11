"""What flows need for charges, running and ended: a repository within a Store, and what is looked for in it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import ChargerId, DriverId, EvseId, OperatorId, SessionId, SiteId, Span
from forecourt.sessions import ChargeRecord, EndedCharge, MeterPoint, Session

# Doubts that keep a charge from being billed. Once a person has cleared them all it is billed by nobody, and meant to be.
UNBILLED_REASONS = ("doubtful_charge", "nobody_to_bill", "no_price", "signed_values")


@dataclass(frozen=True, slots=True)
class ChargeSearch:
    """text: in the driver's name or e-mail or the charger's name, whatever its case, or the number of a card of the driver.
    since / until: of the end, until exclusive. unbilled: only those that should have a document and have none: not those a person
    has looked at and left so, and no start that failed. What is empty or None does not narrow."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    site_id: SiteId | None = None
    driver_id: DriverId | None = None
    unbilled: bool = False

    def of_whom(self, charger: str, name: str, email: str, cards: Iterable[str]) -> bool:
        """A charge of that driver at that charger is looked for."""
        text = self.text.lower()
        return any(text in word.lower() for word in (charger, name, email)) or text in (card.lower() for card in cards)


class SessionRepository(Protocol):
    def session(self, session_id: SessionId) -> Session | None:
        """Open sessions only; an ended one is a record."""
        ...

    def open_on(self, evse_id: EvseId) -> Session | None: ...
    def open_for(self, charger_id: ChargerId, transaction: str) -> Session | None: ...
    def running(self, operator_id: OperatorId, wanted: ChargeSearch, skip: int = 0, limit: int = 50) -> Sequence[Session]:
        """Open ones of those that are looked for, the latest first; none where an end or a bill is looked for."""
        ...

    def open_at(self, site_id: SiteId) -> Sequence[Session]: ...
    def open_of(self, driver_id: DriverId) -> Sequence[Session]: ...
    def put(self, session: Session) -> None: ...
    def add_points(self, points: Sequence[MeterPoint]) -> None: ...
    def points(self, session_id: SessionId) -> Sequence[MeterPoint]:
        """By time; the first point is the start."""
        ...

    def site_power(self, site_id: SiteId, span: Span, step_s: int) -> Sequence[tuple[datetime, int]]:
        """Mean power (W) of all the site's sessions in each step of the span, from their counts, by the step's start."""
        ...

    def end(self, record: ChargeRecord) -> None:
        """Keep the sealed record; its session is open no longer."""
        ...

    def record(self, session_id: SessionId) -> ChargeRecord | None: ...
    def expect_records(self, session_ids: Collection[SessionId]) -> None:
        """A hint, never needed: the records of these are about to be asked for."""
        ...

    def record_for(self, charger_id: ChargerId, transaction: str) -> ChargeRecord | None: ...
    def records(self, site_id: SiteId, limit: int = 100) -> Sequence[ChargeRecord]:
        """Latest first, with their whole course: who only lists or counts asks for `ended`."""
        ...

    def ended(self, site_id: SiteId, limit: int = 100) -> Sequence[EndedCharge]:
        """Latest first."""
        ...

    def ended_within(self, site_id: SiteId, span: Span) -> Sequence[EndedCharge]:
        """Those that ended within the span, the earliest first."""
        ...

    def page(self, operator_id: OperatorId, wanted: ChargeSearch, request: PageRequest = FIRST_PAGE) -> ListPage[EndedCharge]: ...
    def records_of(self, driver_id: DriverId, limit: int = 50) -> Sequence[ChargeRecord]: ...
    def regulars(self, site_id: SiteId, since: datetime, limit: int) -> Sequence[DriverId]: ...  # who charged last there first
