"""How a charge begins, continues and ends. Every function takes a value and returns the next one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.kernel import BookingId, DriverId, SessionId, TokenUid
from forecourt.sessions.metering import read
from forecourt.sessions.model import ChargeRecord, FixedPrice, Meter, MeterPoint, Session, Step
from forecourt.sessions.trace import phases_of
from forecourt.stations import (
    ChargingState,
    ConnectorReported,
    Evse,
    MeterSample,
    SignedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from forecourt.tariffs import PhaseState

MAX_SIGNED = 8
CLOCK_TOLERANCE = timedelta(minutes=5)
_WHILE_CHARGING = (ChargingState.CHARGING, ChargingState.SUSPENDED_EV, ChargingState.SUSPENDED_EVSE)


def open_session(session_id: SessionId, fact: TransactionStarted, evse: Evse) -> Step:
    """Open a session for a transaction on an EVSE. The first point is the start, with nothing delivered."""
    session = Session(
        id=session_id,
        operator_id=evse.operator_id,
        site_id=evse.site_id,
        evse_id=evse.id,
        charger_id=evse.charger_id,
        transaction=fact.transaction,
        started_at=fact.at,
        last_at=fact.at,
        state=_state(fact.charging_state or ChargingState.CHARGING, charged=False),
        max_power_w=evse.max_power_w,
        charged=fact.charging_state in (None, ChargingState.CHARGING),
    )
    step = _take(session, fact.samples, fact.charging_state, fact.at)
    if not step.points or step.points[0].at > fact.at:
        return replace(step, points=(_point(session, fact.at), *step.points))
    return step


def assign(
    session: Session,
    token: TokenUid,
    driver_id: DriverId | None,
    price: FixedPrice | None,
    booking_id: BookingId | None = None,
) -> Session:
    """Assign the session to a token and, if the token was accepted, to a driver at a price.

    A price stays once it is fixed: a running session never changes its tariff version.
    """
    if price is not None and session.tariff_version_id is None:
        session = replace(session, tariff_version_id=price.tariff_version_id, price_because=price.because)
    return replace(session, token=token, driver_id=driver_id, booking_id=booking_id or session.booking_id)


def apply(session: Session, fact: TransactionUpdated | TransactionEnded | ConnectorReported) -> Step:
    """Apply readings, a change of state, or the end. Readings older than the newest one are not counted again.

    A socket's report may overtake the transaction's queued messages and already describe the next car. So it changes the
    state only if a transaction can be in that state, and never keeps later readings from being counted.
    """
    if isinstance(fact, ConnectorReported):
        return _take(session, (), fact.charging_state if fact.charging_state in _WHILE_CHARGING else None, fact.at)
    if isinstance(fact, TransactionUpdated):
        return _take(session, fact.samples, fact.charging_state, fact.at)
    step = _take(session, fact.samples, None, fact.at)
    after = step.session
    read_at = after.meter.read_at or after.started_at
    if read_at - fact.at > CLOCK_TOLERANCE:
        after = _noted(after, "clock_back", held=True)
    return replace(step, session=after, ended_at=max(fact.at, read_at, after.started_at), reason=fact.reason)


def close(session: Session, points: Sequence[MeterPoint], ended_at: datetime, reason: StopReason) -> ChargeRecord:
    """Seal the record. points: all of the session's, by time; those from after its end belong to the next car.

    A session without any reading delivered an unknown amount: it is held, never billed as 0 kWh. One that ended at the instant it began
    delivered nothing, whatever its register showed a moment later. If the charger's clock was behind throughout, the times are corrected;
    if it was set during the charge, or may have been, the record is held.
    """
    unread = session.meter.read_at is None
    session = _noted(session, "meter_never_read", held=True) if unread and session.charged else session
    if session.late is not None and session.late.jumped:
        session = _noted(session, "clock_unsure", held=True)
    elif session.late is not None and session.late.behind:
        session, points, ended_at = _moved(session, points, ended_at, session.late.by)
    within = [point for point in points if point.at < ended_at]
    last = MeterPoint(session.id, ended_at, session.meter.energy_wh, session.state)
    phases = phases_of([*within, last], ended_at)
    return ChargeRecord(
        session_id=session.id,
        operator_id=session.operator_id,
        site_id=session.site_id,
        evse_id=session.evse_id,
        charger_id=session.charger_id,
        transaction=session.transaction,
        started_at=session.started_at,
        ended_at=ended_at,
        token=session.token,
        driver_id=session.driver_id,
        tariff_version_id=session.tariff_version_id,
        booking_id=session.booking_id,
        meter_start_wh=session.meter.first_register_wh,
        meter_stop_wh=session.meter.register_wh,
        energy_wh=session.meter.energy_wh if phases else 0,
        phases=phases,
        reason=reason,
        held=session.held,
        notes=session.notes,
        price_because=session.price_because,
        signed=session.signed,
    )


def _moved(session: Session, points: Sequence[MeterPoint], ended_at: datetime, by: timedelta) -> tuple[Session, list[MeterPoint], datetime]:
    session = replace(_noted(session, "clock_behind", held=False), started_at=session.started_at + by)
    return session, [replace(point, at=point.at + by) for point in points], ended_at + by


def _take(session: Session, samples: Sequence[MeterSample], charging_state: ChargingState | None, at: datetime) -> Step:
    points: list[MeterPoint] = []
    signed = [one for sample in samples for one in sample.signed]
    if signed:
        session = replace(session, signed=first_and_latest(session.signed, signed))
    for sample in sorted(samples, key=lambda one: one.at):
        if session.meter.read_at is not None and sample.at < session.meter.read_at:
            continue
        is_late = sample.at < session.last_at
        session = _read(session, sample)
        if not is_late:  # a late one is counted; its energy shows from the next point on
            points.append(_point(session, sample.at))
    if charging_state is not None and at >= session.last_at:
        state = _state(charging_state, session.charged)
        if state is not session.state:
            session = replace(session, state=state, last_at=at, charged=session.charged or state is PhaseState.CHARGING)
            points.append(_point(session, at))
    return Step(session, _one_per_instant(points))


def first_and_latest(earlier: tuple[SignedReading, ...], more: Sequence[SignedReading]) -> tuple[SignedReading, ...]:
    """Without duplicates; the first and the latest ones, since a bill needs both ends."""
    all_readings = tuple(dict.fromkeys((*earlier, *more)))
    return all_readings if len(all_readings) <= MAX_SIGNED else (all_readings[0], *all_readings[1 - MAX_SIGNED :])


def _read(session: Session, sample: MeterSample) -> Session:
    meter: Meter = session.meter
    if sample.energy_wh is not None:
        reading = read(meter, sample.energy_wh, sample.at, session.max_power_w)
        meter = reading.meter
        if reading.note:
            session = _noted(session, reading.note, held=reading.doubtful)
    return replace(
        session,
        meter=meter,
        last_at=max(sample.at, session.last_at),
        power_w=sample.power_w if sample.power_w is not None else session.power_w,
        current_ma=sample.current_ma if sample.current_ma is not None else session.current_ma,
        soc_percent=sample.soc_percent if sample.soc_percent is not None else session.soc_percent,
    )


def _state(charging_state: ChargingState, charged: bool) -> PhaseState:
    """How the time is counted. A car that is plugged in but has had no power yet is waiting for us: it owes no parking fee."""
    if charging_state is ChargingState.CHARGING:
        return PhaseState.CHARGING
    if charging_state is ChargingState.SUSPENDED_EVSE:
        return PhaseState.WITHHELD
    if charging_state is ChargingState.EV_CONNECTED and not charged:
        return PhaseState.WITHHELD
    return PhaseState.IDLE


def _point(session: Session, at: datetime) -> MeterPoint:
    return MeterPoint(session.id, at, session.meter.energy_wh, session.state, session.power_w, session.current_ma, session.soc_percent)


def _one_per_instant(points: list[MeterPoint]) -> tuple[MeterPoint, ...]:
    """Keep only the last point of an instant: it includes everything the others show."""
    return tuple({point.at: point for point in points}.values())


def _noted(session: Session, note: str, held: bool) -> Session:
    notes = session.notes if note in session.notes else (*session.notes, note)
    return replace(session, notes=notes, held=session.held or held)
