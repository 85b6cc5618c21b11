from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from forecourt.kernel import ChargerId, EvseId, OperatorId, SessionId, SiteId
from forecourt.sessions import ChargeRecord, MeterPoint, Session, apply, close, open_session, phases_of
from forecourt.stations import (
    ChargingState,
    ConnectorReported,
    ConnectorState,
    Evse,
    MeterSample,
    SignedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from forecourt.tariffs import PhaseState

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ID = UUID(int=1)
EVSE = Evse(
    EvseId(ID), OperatorId(ID), SiteId(ID), ChargerId("CP1"), 1, "Bay 1", "IEC_62196_T2", "T2-7kW", ("L1",), voltage_v=230, max_a=32
)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def sample(minute: int, energy_wh: int) -> MeterSample:
    return MeterSample(at(minute), energy_wh=energy_wh)


def played(*facts: TransactionUpdated | TransactionEnded | ConnectorReported) -> tuple[Session, list[MeterPoint], ChargeRecord | None]:
    step = open_session(
        SessionId(ID), TransactionStarted(NOON, 1, "7", samples=(sample(0, 5_000),), charging_state=ChargingState.CHARGING), EVSE
    )
    session, points, record = step.session, list(step.points), None
    for fact in facts:
        step = apply(session, fact)
        session, points = step.session, [*points, *step.points]
        if step.ended_at is not None:
            record = close(session, points, step.ended_at, step.reason)
    return session, points, record


def updated(minute: int, energy_wh: int, state: ChargingState | None = None) -> TransactionUpdated:
    return TransactionUpdated(at(minute), 1, "7", samples=(sample(minute, energy_wh),), charging_state=state)


def test_the_record_holds_what_was_delivered_in_contiguous_phases() -> None:
    ended = TransactionEnded(at(60), "7", samples=(sample(60, 9_000),), reason=StopReason.DRIVER)
    _, _, record = played(updated(30, 8_000), updated(40, 9_000, ChargingState.SUSPENDED_EV), ended)
    assert record is not None
    assert (record.energy_wh, record.meter_start_wh, record.meter_stop_wh) == (4_000, 5_000, 9_000)
    assert [(p.state, p.energy_wh) for p in record.phases] == [
        (PhaseState.CHARGING, 3_000),
        (PhaseState.CHARGING, 1_000),
        (PhaseState.IDLE, 0),
    ]
    assert sum(p.energy_wh for p in record.phases) == record.energy_wh
    assert (record.phases[0].start, record.phases[-1].end) == (record.started_at, record.ended_at)


def test_time_in_which_the_station_withholds_power_is_not_parking() -> None:
    _, _, record = played(updated(10, 6_000, ChargingState.SUSPENDED_EVSE), TransactionEnded(at(20), "7"))
    assert record is not None
    assert record.phases[-1].state is PhaseState.WITHHELD


def test_a_cable_that_waits_for_its_first_power_is_not_parking() -> None:
    fact = TransactionStarted(NOON, 1, "7", charging_state=ChargingState.EV_CONNECTED)
    assert open_session(SessionId(ID), fact, EVSE).session.state is PhaseState.WITHHELD


def test_the_same_reading_again_changes_nothing() -> None:
    once, points, _ = played(updated(30, 8_000))
    again = apply(once, updated(30, 8_000))
    assert again.session == once
    assert [p for p in again.points if p not in points] == []


def test_a_late_older_reading_is_not_counted() -> None:
    session, _, _ = played(updated(30, 8_000), updated(20, 7_000))
    assert session.meter.energy_wh == 3_000


def test_the_next_cars_status_does_not_swallow_the_last_readings() -> None:
    overtaken = ConnectorReported(at(30), 1, ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EVSE)
    ended = TransactionEnded(at(25), "7", samples=(sample(25, 7_500),))
    _, _, record = played(updated(20, 7_000), overtaken, ended)
    assert record is not None
    assert (record.energy_wh, record.ended_at, record.held) == (2_500, at(25), False)
    assert [phase.state for phase in record.phases] == [PhaseState.CHARGING, PhaseState.CHARGING]
    assert sum(phase.energy_wh for phase in record.phases) == 2_500


def test_a_car_that_waits_at_the_socket_is_no_state_of_a_running_charge() -> None:
    waiting = ConnectorReported(at(30), 1, ConnectorState.OCCUPIED, ChargingState.EV_CONNECTED)
    session, _, _ = played(updated(20, 7_000), waiting)
    assert session.state is PhaseState.CHARGING


def test_a_late_reading_is_counted_once_it_shows_more() -> None:
    paused = ConnectorReported(at(30), 1, ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EV)
    _, _, record = played(updated(20, 7_000), paused, updated(25, 7_500), TransactionEnded(at(40), "7", samples=(sample(40, 7_500),)))
    assert record is not None
    assert record.energy_wh == 2_500
    assert sum(phase.energy_wh for phase in record.phases) == 2_500


def test_a_charge_that_never_showed_a_reading_is_held() -> None:
    step = open_session(SessionId(ID), TransactionStarted(NOON, 1, "7"), EVSE)
    record = close(step.session, step.points, at(30), StopReason.DRIVER)
    assert record.held
    assert "meter_never_read" in record.notes


def test_a_clock_that_ran_back_by_hours_is_held() -> None:
    _, _, record = played(updated(120, 8_000), TransactionEnded(at(5), "7"))
    assert record is not None
    assert record.held
    assert record.ended_at == at(120)


def test_phases_telescope_to_the_last_count() -> None:
    _, points, _ = played(updated(7, 5_700), updated(31, 7_000), updated(44, 8_100))
    phases = phases_of(points, at(50))
    assert sum(p.energy_wh for p in phases) == 3_100
    assert all(a.end == b.start for a, b in pairwise(phases))
    assert phases[0].start == NOON


def test_signed_readings_reach_the_record_the_first_and_the_latest_also_late_ones() -> None:
    def carrying(minute: int, name: str) -> TransactionUpdated:
        return TransactionUpdated(at(minute), 1, "7", samples=(MeterSample(at(minute), signed=(SignedReading(name),)),))

    begin = MeterSample(at(0), signed=(SignedReading("begin"),))
    end = TransactionEnded(at(60), "7", samples=(begin, MeterSample(at(60), 12_000, signed=(SignedReading("end"),))))
    _, _, record = played(
        carrying(1, "first"), carrying(1, "first"), updated(30, 9_000), *(carrying(31 + n, f"{n}") for n in range(9)), end
    )
    assert record is not None
    assert [one.data for one in record.signed] == ["first", "4", "5", "6", "7", "8", "begin", "end"]
