"""The history of a charger: connection losses, faults, sockets out of use and failed starts, stored with their end."""

from dataclasses import replace
from datetime import timedelta

from flows.conftest import CARD, NOON, at
from forecourt.drivers import token_uid
from forecourt.flows.answers import apply_order_result
from forecourt.flows.bookings import ServiceEdit, service_fingerprint, set_service
from forecourt.flows.chargers import ChargerDetails, add_charger, link_changed, list_unknown, retire_charger, uptimes
from forecourt.flows.charging.starting import ask_charger
from forecourt.flows.desk import Staff
from forecourt.kernel import ChargerId, Span
from forecourt.stations import (
    ChargerBooted,
    ConnectorReported,
    ConnectorState,
    Contact,
    IncidentKind,
    Maintenance,
    OrderResult,
    Outcome,
    Protocol,
    SocketDetails,
    StartCharge,
)
from stores import both_stores

CP1 = ChargerId("CP1")
DAY = Span(at(-60), at(60))


def linked(forecourt, connected: bool, minute: float) -> None:
    with forecourt.transactions.begin() as store:
        link_changed(store, CP1, connected, at(minute))


def past(forecourt) -> list[tuple[IncidentKind, int, float, float | None, str]]:
    def minute(instant):
        return None if instant is None else (instant - NOON) / timedelta(minutes=1)

    with forecourt.transactions.begin() as store:
        found = store.history.of_charger(CP1, DAY)
    return [(one.what, one.number, minute(one.since), minute(one.until), one.error) for one in found]


def figures(forecourt):
    with forecourt.transactions.begin() as store:
        return next(one for one in uptimes(store, forecourt.operator_id, DAY) if one.charger_id == CP1)


def test_a_connection_loss_is_shown_while_it_lasts_and_stored_with_its_end(forecourt) -> None:
    for connected, minute in ((True, 0), (False, 10), (False, 11), (True, 14), (True, 15), (False, 20)):
        linked(forecourt, connected, minute)
    assert past(forecourt) == [(IncidentKind.OFFLINE, 0, 10, 14, ""), (IncidentKind.OFFLINE, 0, 20, None, "")]


@both_stores
def test_faults_with_different_codes_are_separate_incidents_and_a_repeated_report_is_not(forecourt) -> None:
    for minute, error in ((0, "A"), (5, "A"), (9, "B"), (12, ""), (13, "")):
        state = ConnectorState.FAULTED if error else ConnectorState.AVAILABLE
        forecourt.says("CP1", ConnectorReported(at(minute), 1, state, error=error))
    assert past(forecourt) == [(IncidentKind.FAULTED, 1, 0, 9, "A"), (IncidentKind.FAULTED, 1, 9, 12, "B")]
    with forecourt.transactions.begin() as store:
        assert list(store.history.errors(forecourt.operator_id, DAY, 9)) == [("A", 1), ("B", 1)]
        assert list(store.history.errors(forecourt.operator_id, Span(at(5), at(60)), 9, CP1)) == [("B", 1)]


def test_availability_is_counted_from_the_first_connection_in_service(forecourt) -> None:
    """A charger that awaited approval or was not mounted yet was not unavailable to anybody."""
    new, staff = ChargerId("CP9"), Staff(forecourt.operator_id, "ops", at(30), forecourt.ids)
    with forecourt.transactions.begin() as store:
        list_unknown(store, new, ChargerBooted(at(0), Protocol.OCPP16, "V", "M"), at(0))
        for connected, minute in ((True, 0), (False, 20)):
            link_changed(store, new, connected, at(minute))
        add_charger(store, staff, ChargerDetails(new, forecourt.site_id, (SocketDetails("IEC_62196_T2", ("L1",), 230, 32),)))
        assert store.stations.charger(new).contact == Contact(at(30), None)
        link_changed(store, new, True, at(50))
        (found,) = [one for one in uptimes(store, forecourt.operator_id, DAY) if one.charger_id == new]
        assert (found.since, found.figures.open_s, found.figures.share) == (at(50), 600, 1)


def test_a_rejected_or_unanswered_remote_start_counts_as_failed_and_an_accepted_one_does_not(forecourt) -> None:
    linked(forecourt, True, -60)
    for minute, outcome in ((0, Outcome.REJECTED), (1, Outcome.ACCEPTED), (2, Outcome.UNANSWERED)):
        with forecourt.transactions.begin() as store:
            ask_charger(store, store.stations.evse(forecourt.evse_id(1)), token_uid(CARD), at(minute), forecourt.ids, f"start/x/{minute}")
            for item in store.outbox.claim("charger", at(minute), 99, 60):
                apply_order_result(store, item, item.work, OrderResult(outcome), at(minute), forecourt.ids)
                store.outbox.done(item.id, at(minute), outcome.value)
    assert figures(forecourt).figures.no_starts == 2
    assert [one[2:] for one in past(forecourt) if one[0] is IncidentKind.NO_START] == [(0, 0, "REJECTED"), (2, 2, "UNANSWERED")]


def test_a_repeated_start_that_is_refused_because_its_charge_has_begun_is_no_failed_start(forecourt) -> None:
    linked(forecourt, True, -60)
    with forecourt.transactions.begin() as store:
        ask_charger(store, store.stations.evse(forecourt.evse_id(1)), token_uid(CARD), at(0), forecourt.ids, "start/x/0")
        (item,) = [one for one in store.outbox.claim("charger", at(0), 99, 60) if isinstance(one.work.order, StartCharge)]
    forecourt.starts("CP1", 1)
    with forecourt.transactions.begin() as store:
        apply_order_result(store, item, item.work, OrderResult(Outcome.REJECTED), at(2), forecourt.ids)
    assert figures(forecourt).figures.no_starts == 0


@both_stores
def test_planned_maintenance_is_no_outage_even_after_its_plan_is_deleted(forecourt) -> None:
    linked(forecourt, True, -60)
    works = Maintenance(Span(at(-30), at(10)), ("B1",))
    others = replace(works, span=Span(at(30), at(40)), labels=("B2",))
    for minute, edit in ((-30, ServiceEdit(begin=works)), (20, ServiceEdit(begin=others))):
        with forecourt.transactions.begin() as store:
            by = Staff(forecourt.operator_id, "ops", at(minute), forecourt.ids)
            set_service(store, by, forecourt.site_id, edit, service_fingerprint(store.stations.site(forecourt.site_id)))
    for minute, state in ((-29, "UNAVAILABLE"), (11, "AVAILABLE")):
        forecourt.says("CP1", ConnectorReported(at(minute), 1, ConnectorState(state)))
    found = figures(forecourt).figures
    assert (found.open_s, found.closed_s, found.unavailable_s) == (80 * 60, 40 * 60, 60)


def test_the_availability_of_a_retired_socket_is_counted_until_its_retirement(forecourt) -> None:
    linked(forecourt, True, -60)
    forecourt.says("CP1", ConnectorReported(at(-10), 1, ConnectorState.FAULTED))
    with forecourt.transactions.begin() as store:
        retire_charger(store, Staff(forecourt.operator_id, "ops", at(0), forecourt.ids), CP1)
    found = figures(forecourt).figures
    assert (found.open_s, found.faulted_s, found.unavailable_s) == (3600, 600, 0)
