"""Old times in messages: plausible offline messages are billed by them, a slow clock is corrected, doubtful charges are held."""

from datetime import timedelta

import pytest

from flows.conftest import CARD, at
from forecourt.sessions import ChargeRecord
from forecourt.stations import (
    ChargerBooted,
    ConnectorReported,
    ConnectorState,
    MeterSample,
    Protocol,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)

DAY = -24 * 60


def charge(forecourt, *said: tuple[int, int, int], started: tuple[int, int] = (DAY, 0)) -> tuple[ChargeRecord, list[str]]:
    """started, said: the minute stated in a message and the one it arrived in; then the register in Wh. The last one is the stop."""
    minute, came = started
    start = TransactionStarted(at(minute), 1, "", CARD, samples=(MeterSample(at(minute), 1000),))
    number = forecourt.hears("CP1", start, came).transaction
    for minute, came, wh in said[:-1]:
        forecourt.hears("CP1", TransactionUpdated(at(minute), 1, number, samples=(MeterSample(at(minute), wh),)), came)
    minute, came, wh = said[-1]
    forecourt.hears("CP1", TransactionEnded(at(minute), number, samples=(MeterSample(at(minute), wh),)), came)
    with forecourt.transactions.begin() as store:
        (record,) = store.sessions.records(forecourt.site_id)
        return record, [entry.text for entry in store.inbox.quarantined()]


def test_the_times_of_a_charger_whose_clock_is_constantly_a_day_behind_are_corrected(forecourt) -> None:
    record, doubts = charge(forecourt, (DAY + 30, 30, 3000), (DAY + 60, 60, 5000))
    assert (record.started_at, record.ended_at, record.energy_wh) == (at(0), at(60), 4000)
    assert (record.notes, record.held, doubts) == (("clock_behind",), False, [])
    assert record.phases[0].start == at(0)
    assert record.phases[-1].end == at(60)


@pytest.mark.parametrize("before", [(), ((DAY + 30, 30, 2000),)])
def test_a_charge_during_which_the_clock_was_set_is_held_and_not_billed_for_a_day(forecourt, before) -> None:
    record, doubts = charge(forecourt, *before, (45, 45, 2500), (60, 60, 4000))
    assert (record.held, record.notes) == (True, ("clock_unsure",))
    assert len(doubts) == 1


def test_plausible_offline_messages_are_billed_by_their_own_times(forecourt) -> None:
    record, doubts = charge(forecourt, (DAY + 30, 0, 3000), (DAY + 60, 0, 5000))
    assert (record.started_at, record.ended_at, record.held, doubts) == (at(DAY), at(DAY + 60), False, [])


def test_offline_messages_up_to_the_present_are_plausible_if_they_include_intermediate_readings(forecourt) -> None:
    record, _ = charge(forecourt, (DAY // 2, 0, 3000), (5, 5, 5000))
    assert (record.started_at, record.ended_at, record.held) == (at(DAY), at(5), False)


def test_more_energy_than_could_flow_since_its_arrival_proves_that_a_start_was_earlier(forecourt) -> None:
    record, _ = charge(forecourt, (1, 1, 31_000))
    assert (record.started_at, record.held) == (at(DAY), False)


def test_a_clock_seen_to_be_right_is_trusted_until_the_next_boot(forecourt) -> None:
    status = ConnectorReported(at(-2), 1, ConnectorState.OCCUPIED)
    forecourt.hears("CP1", status, -2 + 0.01)
    record, _ = charge(forecourt, (5, 5, 2000))
    assert (record.started_at, record.held) == (at(DAY), False)
    with forecourt.transactions.begin() as store:
        assert store.stations.charger(record.charger_id).clock_right
    forecourt.says("CP1", ChargerBooted(at(10), Protocol.OCPP16, "V", "M"))
    with forecourt.transactions.begin() as store:
        assert not store.stations.charger(record.charger_id).clock_right


def test_a_charge_with_a_time_difference_of_half_an_hour_is_not_held(forecourt) -> None:
    record, _ = charge(forecourt, (5, 5, 2000), started=(-29, 0))
    assert (record.ended_at - record.started_at, record.held) == (timedelta(minutes=34), False)
