"""Repository for charges, running and ended, within a Store, and the search for them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import ChargerId, DriverId, EvseId, OperatorId, SessionId, SiteId, Span, lowered
from forecourt.sessions import ChargeRecord, EndedCharge, MeterPoint, Session

# Quarantine codes that keep a charge from being billed. Once staff have cleared them all, it intentionally stays unbilled.
UNBILLED_REASONS = ("doubtful_charge", "nobody_to_bill", "no_price", "signed_values")


@dataclass(frozen=True, slots=True)
class ChargeSearch:
    """Filters for charges; an empty or None field matches everything. text: part of the driver's name or email address or of the charger's
    id, ignoring case, or the uid of one of the driver's cards. since / until: of the end, until exclusive. unbilled: only charges that
    should have a document and have none; not those that staff left so after review, and no failed starts."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    site_id: SiteId | None = None
    driver_id: DriverId | None = None
    unbilled: bool = False

    def matches_text(self, charger: str, name: str, email: str, cards: Iterable[str]) -> bool:
        """Whether the text matches a charge of that driver at that charger."""
        text = lowered(self.text)
        return any(text in lowered(word) for word in (charger, name, email)) or text in (lowered(card) for card in cards)


class SessionRepository(Protocol):
    def session(self, session_id: SessionId) -> Session | None:
        """An open session; None if it has ended (see `record`) or there is none."""
        ...

    def open_on(self, evse_id: EvseId) -> Session | None:
        """The open session at an EVSE; the one that started last if there are several."""
        ...

    def open_for(self, charger_id: ChargerId, transaction: str) -> Session | None:
        """The open session with a transaction id at a charger."""
        ...

    def running(self, operator_id: OperatorId, wanted: ChargeSearch, skip: int = 0, limit: int = 50) -> Sequence[Session]:
        """Matching open sessions, latest first; none if the search asks for an end or for unbilled charges."""
        ...

    def open_at(self, site_id: SiteId) -> Sequence[Session]:
        """The site's open sessions, earliest start first."""
        ...

    def open_of(self, driver_id: DriverId) -> Sequence[Session]:
        """The driver's open sessions, earliest start first."""
        ...

    def put(self, session: Session) -> None: ...
    def add_points(self, points: Sequence[MeterPoint]) -> None: ...
    def points(self, session_id: SessionId) -> Sequence[MeterPoint]:
        """The meter points of a session, open or ended, by time; the first is the start. Empty if there is no such session."""
        ...

    def site_power(self, site_id: SiteId, span: Span, step_s: int) -> Sequence[tuple[datetime, int]]:
        """The mean power (W) of all the site's sessions together in each step of a span, from meter readings, with the step's start."""
        ...

    def end(self, record: ChargeRecord) -> None:
        """Store the sealed record of a charge, and delete its open session."""
        ...

    def record(self, session_id: SessionId) -> ChargeRecord | None: ...
    def prefetch_records(self, session_ids: Collection[SessionId]) -> None:
        """An optional hint: the records of these sessions are about to be read."""
        ...

    def record_for(self, charger_id: ChargerId, transaction: str) -> ChargeRecord | None:
        """The record with a transaction id at a charger; the one that started last if there are several."""
        ...

    def records(self, site_id: SiteId, limit: int = 100) -> Sequence[ChargeRecord]:
        """The site's records, latest end first, with all their phases; use `ended` to list or count charges."""
        ...

    def ended(self, site_id: SiteId, limit: int = 100) -> Sequence[EndedCharge]:
        """The site's ended charges, latest end first."""
        ...

    def ended_within(self, site_id: SiteId, span: Span) -> Sequence[EndedCharge]:
        """Charges that ended within the span, earliest first."""
        ...

    def page(self, operator_id: OperatorId, wanted: ChargeSearch, request: PageRequest = FIRST_PAGE) -> ListPage[EndedCharge]:
        """Matching ended charges, latest end first."""
        ...

    def records_of(self, driver_id: DriverId, limit: int = 50) -> Sequence[ChargeRecord]:
        """The driver's records, latest end first."""
        ...

    def recent_drivers(self, site_id: SiteId, since: datetime, limit: int) -> Sequence[DriverId]:
        """Drivers who ended a charge at the site since then, the most recent first."""
        ...
