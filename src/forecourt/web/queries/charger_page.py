"""A charger's sockets: how well each obeys its limits, and its latest test."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from forecourt.flows.chargers import SheetOf, sheets_of
from forecourt.flows.ports import Grant, Store
from forecourt.flows.power import unlimited_sockets
from forecourt.kernel import ChargerId, NotFound, OperatorId
from forecourt.reservations import Booking, Bound
from forecourt.stations import (
    TETHERED,
    AcceptanceTest,
    Approval,
    Charger,
    Evse,
    Maintenance,
    Obedience,
    Site,
    differing,
    missing_measurands,
)
from forecourt.web.queries.bay_states import bay_states
from forecourt.web.queries.names import actor_name, booking_board_url, driver_name
from forecourt.web.views.bays import BayState
from forecourt.web.views.socket import ChargerPage, ChargerTariffRow, DisregardedLimitRow, LimitRow, SocketOccupant, SocketRow, TestView


def charger_page(store: Store, operator_id: OperatorId, charger_id: ChargerId, at: datetime) -> ChargerPage:
    """Raises NotFound if it belongs to nobody yet, or to another operator."""
    charger = store.stations.charger(charger_id)
    if charger is None or charger.operator_id != operator_id or charger.site_id is None or charger.approval is not Approval.APPROVED:
        raise NotFound("charger", "There is no such charger.")
    site, states = store.stations.site(charger.site_id), bay_states(store, charger.site_id)
    evses = [evse for evse in store.stations.evses(charger.site_id) if evse.charger_id == charger_id]
    grants, live_bookings = store.plans.grants(site.id), store.bookings.live_at(site.id)
    plain_rows = tuple(_row(store, charger, evse, states[evse.id], grants.get(evse.id)) for evse in evses)
    rows = tuple(
        replace(row, occupants=tuple(_occupants(store, site, evse, live_bookings)), maintenance=_maintenance(site, evse, at))
        for row, evse in zip(plain_rows, evses, strict=True)
    )
    serving = [evse for evse in evses if evse.retired_at is None]
    discrepancies = differing(charger.inventory, serving) if charger.inventory else ()
    known = store.stations.secret_hash(charger_id) is not None
    limits, disregarded = charger.limits_at(at), tuple(_disregarded(store, charger, at))
    return ChargerPage(charger, site, rows, known, discrepancies, limits, disregarded, unlimited_sockets(site, serving))


def _disregarded(store: Store, charger: Charger, at: datetime) -> Iterator[DisregardedLimitRow]:
    for limit in charger.outside:
        aside = next((one for one in charger.disregarded if one.covers(limit)), None)
        if aside is not None and not limit.over(at):
            actor = actor_name(store, aside.by) if aside.by else ""
            yield DisregardedLimitRow(limit.source_name, limit.evse_number, aside.at, actor, aside.because)


def charger_tariff_rows(store: Store, view: ChargerPage, at: datetime) -> tuple[ChargerTariffRow, ...]:
    """Empty for a charger that does not calculate costs itself."""
    stores_prices = view.charger.settings.keeps_prices
    return tuple(_sheet(view.charger, one) for one in sheets_of(store, view.site, view.charger, at)) if stores_prices else ()


def _sheet(charger: Charger, sheet_of: SheetOf) -> ChargerTariffRow:
    known = charger.sheet_at(sheet_of.evse.number)
    sent = sheet_of.sheet is not None and known is not None and known.sheet_id == sheet_of.sheet.id
    return ChargerTariffRow(sheet_of.evse.label, sheet_of.name, sent, known.refused if known and sent else "", sheet_of.because)


def _row(store: Store, charger: Charger, evse: Evse, state: BayState, grant: Grant | None) -> SocketRow:
    newest = next(iter(store.plans.tests_of(evse.id, 1)), None)
    session = store.sessions.open_on(evse.id)
    test_obstacle = ""
    if not charger.connected:
        test_obstacle = "It can be tested once its charger is online."
    elif session is None or session.driver_id is None:
        test_obstacle = "To test it, start a charge here with a car or a load that draws current."
    view = _test(store, newest) if newest else None
    obedience, missing_readings = grant.obedience if grant else Obedience.UNTESTED, missing_measurands(evse, charger.settings)
    return SocketRow(
        str(evse.id),
        evse.number,
        evse.label,
        state,
        obedience,
        evse.max_a,
        view,
        test_obstacle,
        missing_readings,
        evse.bay,
        evse.standard in TETHERED,
    )


def _occupants(store: Store, site: Site, evse: Evse, live_bookings: Iterable[Booking]) -> Iterator[SocketOccupant]:
    session = store.sessions.open_on(evse.id)
    if session is not None:
        driver, at = driver_name(store, session.driver_id), session.started_at
        yield SocketOccupant(f"/console/sessions/{session.id}", driver, at, session.meter.energy_wh)
    bound = [one for one in live_bookings if isinstance(one.state, Bound) and one.state.evse_id == evse.id]
    for one in sorted(bound, key=lambda one: one.window.start):
        yield SocketOccupant(booking_board_url(site, one), driver_name(store, one.driver_id), one.window.start, kept=True)


def _maintenance(site: Site, evse: Evse, at: datetime) -> tuple[Maintenance, ...]:
    windows = [one for one in site.maintenance if one.span.end > at and (not one.labels or evse.label in one.labels)]
    return tuple(sorted(windows, key=lambda one: one.span.start))


def _test(store: Store, test: AcceptanceTest) -> TestView:
    rows = tuple(LimitRow(step.limit_a, step.sent_at, step.took_s, step.last_ma) for step in test.steps)
    return TestView(actor_name(store, test.by), test.begun_at, test.ended_at, test.finding, test.because, rows, test.next_a is not None)
