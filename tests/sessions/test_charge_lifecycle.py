from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BookingId, ChargerId, DriverId, EvseId, OperatorId, SessionId, SiteId, TariffVersionId, TokenUid
from forecourt.sessions import ChargeRecord, FixedPrice, MeterPoint, Session, apply, assign, close, open_session, phases_of
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


def test_the_charge_record_has_the_delivered_energy_in_contiguous_phases() -> None:
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


def test_waiting_for_the_first_power_is_not_parking() -> None:
    fact = TransactionStarted(NOON, 1, "7", charging_state=ChargingState.EV_CONNECTED)
    assert open_session(SessionId(ID), fact, EVSE).session.state is PhaseState.WITHHELD


def test_a_repeated_reading_changes_nothing() -> None:
    once, points, _ = played(updated(30, 8_000))
    again = apply(once, updated(30, 8_000))
    assert again.session == once
    assert [p for p in again.points if p not in points] == []


def test_a_late_older_reading_is_not_counted() -> None:
    session, _, _ = played(updated(30, 8_000), updated(20, 7_000, ChargingState.SUSPENDED_EV))
    assert (session.meter.energy_wh, session.state, session.held, session.notes) == (3_000, PhaseState.CHARGING, False, ())


def test_a_second_reading_of_one_instant_is_counted() -> None:
    session, _, _ = played(updated(30, 8_000), updated(30, 8_020))
    assert session.meter.energy_wh == 3_020


def test_a_doubtful_reading_holds_the_charge_and_each_note_is_made_once() -> None:
    _, _, record = played(updated(1, 90_000), updated(2, 95_000), updated(30, 4_990), TransactionEnded(at(60), "7"))
    assert record is not None
    assert (record.held, record.notes) == (True, ("meter_jump", "meter_step_back"))


@pytest.mark.parametrize("name", ["power_w", "current_ma", "soc_percent"])
def test_values_missing_in_a_sample_keep_their_previous_value(name: str) -> None:
    before = {"power_w": 7_000, "current_ma": 30_000, "soc_percent": 40}
    said = [MeterSample(at(1), **before), MeterSample(at(2), **{name: 1})]
    session, _, _ = played(TransactionUpdated(at(2), 1, "7", samples=tuple(said)))
    assert {one: getattr(session, one) for one in before} == {**before, name: 1}


@pytest.mark.parametrize(
    ("states", "counts_as"),
    [
        ((ChargingState.EV_CONNECTED, ChargingState.EV_CONNECTED), PhaseState.WITHHELD),
        ((ChargingState.EV_CONNECTED, ChargingState.CHARGING), PhaseState.CHARGING),
        ((ChargingState.EV_CONNECTED, ChargingState.CHARGING, ChargingState.EV_CONNECTED), PhaseState.IDLE),
        ((ChargingState.CHARGING, ChargingState.EV_CONNECTED), PhaseState.IDLE),
        ((None, ChargingState.EV_CONNECTED), PhaseState.IDLE),
        ((ChargingState.SUSPENDED_EV, ChargingState.EV_CONNECTED), PhaseState.WITHHELD),
        ((ChargingState.CHARGING, ChargingState.SUSPENDED_EV), PhaseState.IDLE),
        ((ChargingState.CHARGING, ChargingState.IDLE), PhaseState.IDLE),
        ((None,), PhaseState.CHARGING),
    ],
)
def test_a_connected_cable_counts_as_parking_once_power_has_flowed(states: tuple[ChargingState | None, ...], counts_as: PhaseState) -> None:
    session = open_session(SessionId(ID), TransactionStarted(NOON, 1, "7", charging_state=states[0]), EVSE).session
    for minute, state in enumerate(states[1:], 1):
        session = apply(session, TransactionUpdated(at(minute), 1, "7", charging_state=state)).session
    assert session.state is counts_as


def test_a_socket_status_changes_a_running_charge_to_waiting() -> None:
    session, _, _ = played(ConnectorReported(at(30), 1, ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EV))
    assert session.state is PhaseState.IDLE


def test_a_later_status_does_not_hide_earlier_readings() -> None:
    overtaken = ConnectorReported(at(30), 1, ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EVSE)
    ended = TransactionEnded(at(25), "7", samples=(sample(25, 7_500),))
    _, _, record = played(updated(20, 7_000), overtaken, ended)
    assert record is not None
    assert (record.energy_wh, record.ended_at, record.held) == (2_500, at(25), False)
    assert [phase.state for phase in record.phases] == [PhaseState.CHARGING, PhaseState.CHARGING]
    assert sum(phase.energy_wh for phase in record.phases) == 2_500


def test_a_status_without_power_does_not_change_a_running_charge() -> None:
    waiting = ConnectorReported(at(30), 1, ConnectorState.OCCUPIED, ChargingState.EV_CONNECTED)
    session, _, _ = played(updated(20, 7_000), waiting)
    assert session.state is PhaseState.CHARGING


def test_a_late_reading_is_counted_if_it_shows_more_energy() -> None:
    paused = ConnectorReported(at(30), 1, ConnectorState.OCCUPIED, ChargingState.SUSPENDED_EV)
    _, _, record = played(updated(20, 7_000), paused, updated(25, 7_500), TransactionEnded(at(40), "7", samples=(sample(40, 7_500),)))
    assert record is not None
    assert record.energy_wh == 2_500
    assert sum(phase.energy_wh for phase in record.phases) == 2_500


def test_a_charge_without_any_reading_is_held() -> None:
    step = open_session(SessionId(ID), TransactionStarted(NOON, 1, "7"), EVSE)
    end = apply(step.session, TransactionEnded(at(30), "7"))
    record = close(end.session, step.points, at(30), StopReason.DRIVER)
    assert (record.held, record.notes) == (True, ("meter_never_read",))
    assert [(phase.start, phase.end) for phase in record.phases] == [(NOON, at(30))]
    waited = open_session(SessionId(ID), TransactionStarted(NOON, 1, "7", charging_state=ChargingState.EV_CONNECTED), EVSE)
    assert not close(waited.session, waited.points, at(30), StopReason.DRIVER).held, "no power has flowed"


@pytest.mark.parametrize(("minutes", "held"), [(5, False), (6, True)])
def test_a_stop_more_than_five_minutes_before_the_last_reading_is_held(minutes: int, held: bool) -> None:
    _, _, record = played(updated(30, 8_000), TransactionEnded(at(30 - minutes), "7"))
    assert record is not None
    assert (record.held, record.ended_at) == (held, at(30))


def test_a_charge_whose_clock_ran_back_by_hours_is_held() -> None:
    _, _, record = played(updated(120, 8_000), TransactionEnded(at(5), "7"))
    assert record is not None
    assert record.held
    assert record.ended_at == at(120)


def test_the_energy_of_the_phases_sums_to_the_last_reading() -> None:
    _, points, _ = played(updated(7, 5_700), updated(31, 7_000), updated(44, 8_100))
    phases = phases_of(points, at(50))
    assert sum(p.energy_wh for p in phases) == 3_100
    assert all(a.end == b.start for a, b in pairwise(phases))
    assert phases[0].start == NOON


STATES = st.sampled_from([None, *ChargingState])


@settings(max_examples=60)
@given(
    st.one_of(st.none(), st.integers(0, 3)),
    STATES,
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3_000), STATES, st.booleans()), max_size=8),
    st.integers(0, 60),
)
def test_phases_cover_every_charge_without_a_gap_and_sum_to_its_energy(first, state, said, stop) -> None:
    """With late, repeated or missing messages."""
    samples = () if first is None else (sample(first, 0),)
    step = open_session(SessionId(ID), TransactionStarted(NOON, 1, "7", samples=samples, charging_state=state), EVSE)
    session, points = step.session, {point.at: point for point in step.points}
    for minute, energy_wh, now, of_the_socket in said:
        status = ConnectorReported(at(minute), 1, ConnectorState.OCCUPIED, now)
        step = apply(session, status if of_the_socket else updated(minute, energy_wh, now))
        session = step.session
        points |= {point.at: point for point in step.points}
    step = apply(session, TransactionEnded(at(stop), "7"))
    points |= {point.at: point for point in step.points}
    record = close(step.session, sorted(points.values(), key=lambda one: one.at), step.ended_at, step.reason)
    phases = record.phases
    assert sum(phase.energy_wh for phase in phases) == record.energy_wh or record.ended_at == NOON
    assert [one.start for one in phases] == [NOON, *(one.end for one in phases)][:-1] if phases else record.ended_at == NOON
    assert not phases or phases[-1].end == record.ended_at
    assert not any(a.state is b.state and a.energy_wh == b.energy_wh == 0 for a, b in pairwise(phases)), "each wait is one phase"


def test_an_assigned_price_and_booking_of_a_charge_are_kept() -> None:
    session, _, _ = played()
    first = assign(session, TokenUid("A"), DriverId(ID), FixedPrice(TariffVersionId(ID), "own"), BookingId(ID))
    assert (first.token, first.driver_id, first.tariff_version_id, first.price_because) == ("A", ID, ID, "own")
    again = assign(first, TokenUid("B"), None, FixedPrice(TariffVersionId(UUID(int=2)), "new"))
    assert (again.token, again.driver_id, again.booking_id) == ("B", None, ID)
    assert (again.tariff_version_id, again.price_because) == (ID, "own")
    assert assign(session, TokenUid("B"), None, None).tariff_version_id is None


def test_the_first_and_the_latest_signed_readings_are_in_the_record() -> None:
    def carrying(minute: int, name: str) -> TransactionUpdated:
        return TransactionUpdated(at(minute), 1, "7", samples=(MeterSample(at(minute), signed=(SignedReading(name),)),))

    begin = MeterSample(at(0), signed=(SignedReading("begin"),))
    end = TransactionEnded(at(60), "7", samples=(begin, MeterSample(at(60), 12_000, signed=(SignedReading("end"),))))
    _, _, record = played(
        carrying(1, "first"), carrying(1, "first"), updated(30, 9_000), *(carrying(31 + n, f"{n}") for n in range(9)), end
    )
    assert record is not None
    assert [one.data for one in record.signed] == ["first", "4", "5", "6", "7", "8", "begin", "end"]
    session, _, _ = played(carrying(1, "begin"), carrying(2, "end"))
    assert [one.data for one in session.signed] == ["begin", "end"]


@pytest.mark.parametrize(("ended_s", "counted_wh"), [(0, 0), (1, 40)])
def test_a_charge_too_short_for_a_phase_has_no_energy(ended_s: int, counted_wh: int) -> None:
    """Energy is billed by phases; a register may be read a little later than its timestamp."""
    ends = NOON + timedelta(seconds=ended_s)
    _, _, record = played(TransactionEnded(ends, "7", samples=(MeterSample(ends, energy_wh=5_040),), reason=StopReason.DRIVER))
    assert record is not None
    assert (record.energy_wh, sum(phase.energy_wh for phase in record.phases)) == (counted_wh, counted_wh)
    assert (record.meter_start_wh, record.meter_stop_wh, record.held) == (5_000, 5_040, False)
