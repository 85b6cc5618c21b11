"""From a charger's messages to a sealed charge record, in any order and any number of repeats."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from uuid import UUID

import psycopg
import pytest
from msgspec import structs

from flows.conftest import CARD, Forecourt, at
from forecourt.flows.chargers import links_changed
from forecourt.flows.charging import accept
from forecourt.flows.ports import InvoiceSession, LateEnd
from forecourt.kernel import ChargerId, SiteId
from forecourt.sessions import ChargeRecord
from forecourt.stations import (
    Acknowledgement,
    Approval,
    CardPresented,
    ChargerBooted,
    ChargingState,
    ConnectorReported,
    ConnectorState,
    InboxItem,
    MeterSample,
    Protocol,
    TransactionStarted,
    TransactionUpdated,
    Verdict,
)
from forecourt.tariffs import PhaseState
from stores import both_stores


def records(forecourt) -> list[ChargeRecord]:
    with forecourt.transactions.begin() as store:
        return list(store.sessions.records(forecourt.site_id))


def doubts(forecourt) -> list[str]:
    with forecourt.transactions.begin() as store:
        return sorted(entry.code for entry in store.inbox.quarantined())


def test_a_charge_becomes_one_record_and_one_invoice_task(forecourt) -> None:
    ack = forecourt.starts("CP1", 0)
    forecourt.meters("CP1", ack.transaction, 30, 3000)
    forecourt.stops("CP1", ack.transaction, 60, 5000)
    (record,) = records(forecourt)
    assert (record.energy_wh, record.driver_id, record.held) == (4000, forecourt.card_driver, False)
    with forecourt.transactions.begin() as store:
        assert [item.work for item in store.outbox.open_items("task")] == [InvoiceSession(record.session_id)]


def test_transaction_ids_cannot_be_guessed(forecourt) -> None:
    numbers = [int(forecourt.starts("CP1", minute).transaction or 0) for minute in range(0, 50, 5)]
    assert len(set(numbers)) == len(numbers)
    assert all(0 < number < 2**31 for number in numbers)
    assert all(after - before != 1 for before, after in pairwise(numbers))


def _begins(place: Forecourt, number: int) -> list[InboxItem]:
    return [place.message(f"CP{number}", TransactionStarted(at(0), 1, name, CARD)) for name in ("", f"tx-{number}")]


def _asks(place: Forecourt, number: int) -> list[InboxItem]:
    return [CardPresented(ChargerId(f"CP{number}"), place.operator_id, place.site_id, CARD, at(0))]


def _boots(place: Forecourt, number: int) -> list[InboxItem]:
    return [place.message(f"CP{number}", ChargerBooted(at(0), Protocol.OCPP16, "V", "M"))]


def calls(work: Callable[[], object]) -> int:
    """How many functions of Python's run."""
    counted = []
    sys.setprofile(lambda _frame, event, _of: counted.append(event) if event == "call" else None)
    try:
        work()
    finally:
        sys.setprofile(None)
    return len(counted)


@pytest.fixture
def queries(transactions, monkeypatch) -> list[str]:
    """Each query that is sent to PostgreSQL, as it is sent."""
    execute, sent = psycopg.Connection.execute, []
    monkeypatch.setattr(psycopg.Connection, "execute", lambda self, query, *rest: sent.append(query) or execute(self, query, *rest))
    return sent


@pytest.mark.parametrize("says", [_begins, _asks, _boots])
def test_messages_of_many_chargers_are_applied_with_no_more_queries_than_those_of_one(transactions, queries, says) -> None:
    forecourt, counts = Forecourt(transactions), []
    with transactions.begin() as store:
        forecourt.build(store)
    for numbers in ((1,), (2,), (2, 3)):  # the first reads what is kept for all
        queries.clear()
        with transactions.begin() as store:
            accept(store, [one for number in numbers for one in says(forecourt, number)])
        counts.append(len(queries))
    assert counts[2] <= counts[1]


def test_a_group_of_meter_readings_is_applied_with_one_query(transactions, queries) -> None:
    forecourt, sent, steps = Forecourt(transactions), [], []
    with transactions.begin() as store:
        forecourt.build(store)

    def keep(readings: list[InboxItem]) -> None:
        with transactions.begin() as store:
            accept(store, readings)

    for first, many in ((0, 1), (1, 1), (2, 101)):  # the first is slower
        readings = [forecourt.message("CP1", TransactionUpdated(at(minute), 1, "77")) for minute in range(first, first + many)]
        queries.clear()
        steps.append(calls(partial(keep, readings)))
        sent.append(len(queries))
    assert sent == [1, 1, 1]  # it begins; COPY and the commit are none
    assert steps[1] <= 250
    assert steps[2] - steps[1] <= 2 * 100


def test_a_start_is_applied_with_few_queries(transactions, queries) -> None:
    forecourt, counts = Forecourt(transactions), []
    with transactions.begin() as store:
        forecourt.build(store)
    for minute in range(2):  # the first reads what is kept for all
        with transactions.begin() as store:
            accept(store, [forecourt.message(f"CP{minute + 1}", TransactionStarted(at(minute), 1, f"tx-{minute}", CARD))])
        queries.clear()
        assert forecourt.apply(at(minute)).rows == 1
        counts.append(len(queries))
    assert counts[1] <= 11


def test_states_of_many_sockets_are_applied_with_no_more_queries_than_that_of_one(transactions, queries) -> None:
    forecourt, counts = Forecourt(transactions), []
    with transactions.begin() as store:
        forecourt.build(store)
    for minute, numbers in enumerate(((1,), (2,), (2, 3))):
        reported = ConnectorReported(at(minute), 1, ConnectorState.OCCUPIED)
        with transactions.begin() as store:
            accept(store, [forecourt.message(f"CP{number}", reported) for number in numbers])
        queries.clear()
        assert forecourt.apply(at(minute)).rows == len(numbers)
        counts.append(len(queries))
    assert counts[2] <= counts[1]


@both_stores
def test_an_authorisation_request_is_answered_among_other_messages_and_not_stored(forecourt) -> None:
    asked = [CardPresented("CP1", forecourt.operator_id, forecourt.site_id, token, at(0)) for token in (CARD, "NOBODYS", "")]
    fact = forecourt.message("CP1", ConnectorReported(at(0), 1, ConnectorState.OCCUPIED))
    with forecourt.transactions.begin() as store:
        acks = accept(store, [asked[0], fact, *asked[1:]])
    assert [ack.verdict for ack in acks] == [Verdict.ACCEPTED, None, Verdict.INVALID, Verdict.INVALID]
    with forecourt.transactions.begin() as store:
        assert [row.message for row in store.inbox.all_rows(forecourt.site_id, 0, 10)] == [fact]


@pytest.mark.parametrize(("approval", "site"), [(Approval.REFUSED, 2), (Approval.APPROVED, 99)])
def test_a_boot_of_a_charger_that_is_no_longer_admitted_is_not_stored(forecourt, approval: Approval, site: int) -> None:
    boot = structs.replace(forecourt.message("CP1", ChargerBooted(at(0), Protocol.OCPP16, "V", "M")), site_id=SiteId(UUID(int=site)))
    with forecourt.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP1")), approval=approval))
    with forecourt.transactions.begin() as store:
        assert accept(store, [boot]) == [Acknowledgement(stranger=True)]
        assert not store.inbox.all_rows(forecourt.site_id, 0, 10)


@both_stores
def test_connection_changes_of_many_chargers_are_applied_together(forecourt) -> None:
    known = {ChargerId("CP1"): False, ChargerId("CP2"): True}
    with forecourt.transactions.begin() as store:
        news = links_changed(store, known | {ChargerId("CP9"): True}, at(0))
    assert news == {"CP1": True, "CP2": False}
    with forecourt.transactions.begin() as store:
        assert [store.stations.charger(one).connected for one in known] == [False, True]


@both_stores
def test_a_repeated_start_gets_the_same_answer_and_creates_no_second_charge(forecourt) -> None:
    first = forecourt.starts("CP1", 0, key="same")
    again = forecourt.starts("CP1", 0, key="same")
    assert (again.transaction, again.verdict, again.repeated) == (first.transaction, first.verdict, True)
    with forecourt.transactions.begin() as store:
        assert len(store.sessions.open_at(forecourt.site_id)) == 1


def test_a_repeated_start_with_a_corrected_time_creates_no_second_charge(forecourt) -> None:
    for minute in (0, 2):
        forecourt.says("CP1", TransactionStarted(at(minute), 1, "T1", CARD, samples=(MeterSample(at(minute), 1000),)))
    forecourt.stops("CP1", "T1", 30, 2000)
    assert [record.energy_wh for record in records(forecourt)] == [1000]
    assert doubts(forecourt) == []


def test_a_transaction_id_reused_for_another_charge_is_quarantined(forecourt) -> None:
    for minute in (0, 60):
        forecourt.says("CP1", TransactionStarted(at(minute), 1, "1", CARD, samples=(MeterSample(at(minute), 1000),)))
        forecourt.stops("CP1", "1", minute + 30, 2000 + minute)
    assert [record.energy_wh for record in records(forecourt)] == [1000]
    assert sorted(doubts(forecourt)) == ["late_end", "transaction_reused"]


def test_a_repeated_stop_changes_nothing(forecourt) -> None:
    ack = forecourt.starts("CP1", 0)
    forecourt.stops("CP1", ack.transaction, 60, 5000)
    before = records(forecourt)
    forecourt.stops("CP1", ack.transaction, 90, 9000)
    assert records(forecourt) == before


def test_a_stop_for_another_chargers_transaction_has_no_effect(forecourt) -> None:
    ack = forecourt.starts("CP1", 0)
    forecourt.stops("CP2", ack.transaction, 30, 9000)
    assert records(forecourt) == []
    assert doubts(forecourt) == ["unknown_transaction"]


@pytest.mark.parametrize("invented", ["0", "-1", ""])
def test_a_stop_with_an_unknown_transaction_id_ends_the_only_charge_it_can_mean(forecourt, invented: str) -> None:
    forecourt.starts("CP1", 0)
    forecourt.stops("CP1", invented, 30, 2000)
    assert [record.energy_wh for record in records(forecourt)] == [1000]


def test_a_start_with_an_unknown_token_is_refused_and_never_billed(forecourt) -> None:
    ack = forecourt.starts("CP1", 0, token="NOBODY")
    assert ack.verdict is Verdict.INVALID
    forecourt.stops("CP1", ack.transaction, 30, 3000)
    assert doubts(forecourt) == ["nobody_to_bill"]
    with forecourt.transactions.begin() as store:
        assert list(store.outbox.open_items("task")) == []


def test_a_new_start_on_a_socket_ends_the_charge_whose_end_was_lost(forecourt) -> None:
    forecourt.starts("CP1", 0)
    forecourt.starts("CP1", 120, wh=5000)
    (lost,) = records(forecourt)
    assert "end_not_reported" in lost.notes


def test_a_stop_received_after_its_charge_record_was_sealed_is_quarantined_if_it_adds_energy(forecourt) -> None:
    lost = forecourt.starts("CP1", 0)
    forecourt.meters("CP1", lost.transaction, 20, 2500)
    forecourt.starts("CP1", 30, wh=3000)
    forecourt.stops("CP1", lost.transaction, 29, 2900)
    assert [record.energy_wh for record in records(forecourt)] == [1500]
    with forecourt.transactions.begin() as store:
        (entry,) = store.inbox.quarantined()
        assert (entry.code, entry.late) == ("late_end", LateEnd(at(29), 2900))


def test_readings_without_a_transaction_count_for_the_charge_on_that_socket(forecourt) -> None:
    ack = forecourt.starts("CP1", 0)
    forecourt.meters("CP1", None, 30, 3000)
    forecourt.stops("CP1", ack.transaction, 60, 3500)
    assert records(forecourt)[0].energy_wh == 2500


def test_meter_readings_after_the_end_of_a_charge_are_quarantined(forecourt) -> None:
    ack = forecourt.starts("CP1", 0)
    forecourt.stops("CP1", ack.transaction, 30, 3000)
    forecourt.meters("CP1", ack.transaction, 45, 9000)
    assert records(forecourt)[0].energy_wh == 2000
    assert doubts(forecourt) == ["meter_after_end"]


def test_a_charge_with_a_meter_jump_is_held_and_shown(forecourt) -> None:
    ack = forecourt.starts("CP1", 0)
    forecourt.meters("CP1", ack.transaction, 10, 900_000)
    forecourt.stops("CP1", ack.transaction, 30, 3000)
    (record,) = records(forecourt)
    assert record.held
    assert doubts(forecourt) == ["doubtful_charge"]


def test_a_start_at_a_socket_the_charger_does_not_have_is_quarantined(forecourt) -> None:
    forecourt.says("CP1", TransactionStarted(forecourt_at(0), 7, "", "04CARD"))
    assert doubts(forecourt) == ["unknown_evse"]


def test_an_older_status_never_replaces_a_newer_one(forecourt) -> None:
    forecourt.says("CP1", ConnectorReported(forecourt_at(10), 1, ConnectorState.OCCUPIED))
    forecourt.says("CP1", ConnectorReported(forecourt_at(5), 1, ConnectorState.AVAILABLE))
    with forecourt.transactions.begin() as store:
        assert store.stations.socket(forecourt.evse_id(1)).state is ConnectorState.OCCUPIED


def test_a_status_received_before_the_start_of_its_charge_is_not_lost(forecourt) -> None:
    withheld = ConnectorReported(forecourt_at(0.1), 1, ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EVSE)
    forecourt.says("CP1", withheld)
    ack = forecourt.starts("CP1", 0)
    forecourt.stops("CP1", ack.transaction, 30, 1000)
    assert [phase.state for phase in records(forecourt)[0].phases] == [PhaseState.CHARGING, PhaseState.WITHHELD]


def test_a_batch_gives_the_same_as_message_by_message(forecourt) -> None:
    ack = forecourt.starts("CP1", 0)
    with forecourt.transactions.begin() as store:
        batch = [forecourt.message("CP1", meter_fact(ack.transaction, minute, 1000 + 60 * minute)) for minute in range(1, 31)]
        accept(store, batch)
    forecourt.apply(forecourt_at(31))
    with forecourt.transactions.begin() as store:
        session = store.sessions.open_for(ChargerId("CP1"), ack.transaction)
        assert session is not None
        assert session.meter.energy_wh == 1800
        assert [point.energy_wh for point in store.sessions.points(session.id)] == [60 * minute for minute in range(31)]


def meter_fact(transaction: str, minute: int, wh: int):
    return TransactionUpdated(forecourt_at(minute), 1, transaction, samples=(MeterSample(forecourt_at(minute), wh),))


def forecourt_at(minute: float):
    return datetime(2026, 6, 1, 12, tzinfo=UTC) + timedelta(minutes=minute)
