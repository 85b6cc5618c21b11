"""Sessions, meter points and records, in memory."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime

from forecourt.flows.ports import FIRST_PAGE, UNBILLED_REASONS, ChargeSearch, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import ChargerId, DriverId, EvseId, NotFound, OperatorId, SessionId, SiteId, Span
from forecourt.sessions import ChargeRecord, EndedCharge, MeterPoint, Session
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.power import power_steps


class Sessions:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def session(self, session_id: SessionId) -> Session | None:
        return self._db.sessions.get(session_id)

    def open_on(self, evse_id: EvseId) -> Session | None:
        return max(self._db.sessions.where(lambda one: one.evse_id == evse_id), key=lambda one: one.started_at, default=None)

    def open_for(self, charger_id: ChargerId, transaction: str) -> Session | None:
        return next((one for one in self._db.sessions if (one.charger_id, one.transaction) == (charger_id, transaction)), None)

    def open_at(self, site_id: SiteId) -> Sequence[Session]:
        return _by_start(self._db.sessions.where(lambda one: one.site_id == site_id))

    def running(self, operator_id: OperatorId, wanted: ChargeSearch, skip: int = 0, limit: int = 50) -> Sequence[Session]:
        if wanted.until is not None or wanted.unbilled:
            return []
        found = self._db.sessions.where(lambda one: one.operator_id == operator_id and self._matches(one, wanted))
        return list(reversed(_by_start(found)))[skip : skip + limit]

    def _fits(self, one: ChargeRecord, wanted: ChargeSearch) -> bool:
        return (
            self._matches(one, wanted)
            and (wanted.since is None or one.ended_at >= wanted.since)
            and (wanted.until is None or one.ended_at < wanted.until)
            and (not wanted.unbilled or self._unbilled(one))
        )

    def _matches(self, one: ChargeRecord | Session, wanted: ChargeSearch) -> bool:
        driver = self._db.drivers.get(one.driver_id) if one.driver_id else None
        cards = [token.uid for token in self._db.tokens if driver is not None and token.driver_id == driver.id]
        return (
            wanted.matches_text(one.charger_id, driver.name if driver else "", driver.email if driver else "", cards)
            and wanted.site_id in (None, one.site_id)
            and wanted.driver_id in (None, one.driver_id)
        )

    def _unbilled(self, one: ChargeRecord) -> bool:
        doubts = [doubt for doubt in self._db.quarantine if doubt.code in UNBILLED_REASONS and doubt.subject == str(one.session_id)]
        return (
            (one.held or one.driver_id is not None or one.energy_wh > 0)
            and not any(document.session_id == one.session_id for document in self._db.documents)
            and (not doubts or any(doubt.cleared_at is None for doubt in doubts))
        )

    def open_of(self, driver_id: DriverId) -> Sequence[Session]:
        return _by_start(self._db.sessions.where(lambda one: one.driver_id == driver_id))

    def put(self, session: Session) -> None:
        self._db.sessions.put(session.id, session)

    def add_points(self, points: Sequence[MeterPoint]) -> None:
        for point in points:
            before = self._db.points.get(point.session_id) or ()
            self._db.points.put(point.session_id, (*before, point))

    def points(self, session_id: SessionId) -> Sequence[MeterPoint]:
        return sorted(self._db.points.get(session_id) or (), key=lambda one: one.at)

    def site_power(self, site_id: SiteId, span: Span, step_s: int) -> Sequence[tuple[datetime, int]]:
        here = [one.id for one in self._db.sessions if one.site_id == site_id]
        here += [one.session_id for one in self._db.records if one.site_id == site_id]
        return power_steps([self.points(one) for one in here], span, step_s)

    def end(self, record: ChargeRecord) -> None:
        self._db.sessions.drop(record.session_id)
        self._db.records.put(record.session_id, record)

    def record(self, session_id: SessionId) -> ChargeRecord | None:
        return self._db.records.get(session_id)

    def prefetch_records(self, session_ids: Collection[SessionId]) -> None:
        """Nothing to read ahead."""

    def record_for(self, charger_id: ChargerId, transaction: str) -> ChargeRecord | None:
        found = self._db.records.where(lambda one: (one.charger_id, one.transaction) == (charger_id, transaction))
        return max(found, key=lambda one: one.started_at, default=None)

    def records(self, site_id: SiteId, limit: int = 100) -> Sequence[ChargeRecord]:
        return _newest(self._db.records.where(lambda one: one.site_id == site_id))[:limit]

    def ended(self, site_id: SiteId, limit: int = 100) -> Sequence[EndedCharge]:
        return [_without_course(one) for one in self.records(site_id, limit)]

    def ended_within(self, site_id: SiteId, span: Span) -> Sequence[EndedCharge]:
        here = self._db.records.where(lambda one: one.site_id == site_id and span.contains(one.ended_at))
        return [_without_course(one) for one in reversed(_newest(here))]

    def page(self, operator_id: OperatorId, wanted: ChargeSearch, request: PageRequest = FIRST_PAGE) -> ListPage[EndedCharge]:
        found = self._db.records.where(lambda one: one.operator_id == operator_id and self._fits(one, wanted))
        return page_of(map(_without_course, found), ListOrders.CHARGES, request)

    def records_of(self, driver_id: DriverId, limit: int = 50) -> Sequence[ChargeRecord]:
        return _newest(self._db.records.where(lambda one: one.driver_id == driver_id))[:limit]

    def recent_drivers(self, site_id: SiteId, since: datetime, limit: int) -> Sequence[DriverId]:
        here = self._db.records.where(lambda one: one.site_id == site_id and one.ended_at >= since)
        last = {one.driver_id: one.ended_at for one in reversed(_newest(here)) if one.driver_id is not None}
        return sorted(last, key=lambda one: (last[one], one), reverse=True)[:limit]

    def check_points(self, session_ids: set[SessionId]) -> None:
        """Points must belong to a session or to the record of one. Raises NotFound."""
        for one in session_ids:
            if one not in self._db.sessions and one not in self._db.records:
                raise NotFound("session", f"Meter points belong to no session ({one}).")


def _by_start(sessions: Sequence[Session]) -> list[Session]:
    return sorted(sessions, key=lambda one: (one.started_at, one.id))


def _newest(records: Sequence[ChargeRecord]) -> list[ChargeRecord]:
    return sorted(records, key=lambda one: (one.ended_at, one.session_id), reverse=True)


def _without_course(record: ChargeRecord) -> EndedCharge:
    return EndedCharge(**{one.name: getattr(record, one.name) for one in fields(EndedCharge)})
