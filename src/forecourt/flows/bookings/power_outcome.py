"""Whether promised power was available: judged after the charge, from its meter and from the limits its charger had been sent."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from forecourt.flows.bookings.availability import OUT_OF_USE
from forecourt.flows.bookings.compensation import compensate
from forecourt.flows.desk.booking_notices import notify_booking
from forecourt.flows.desk.orders import is_connected
from forecourt.flows.ports.store import Store
from forecourt.kernel import EvseId
from forecourt.notices import NoticeKind
from forecourt.reservations import ChargeInterval, judge_power_promise, power_span, promised_energy_wh
from forecourt.sessions import ChargeRecord, MeterPoint
from forecourt.stations import StopReason
from forecourt.tariffs import PhaseState

_FAILED = (StopReason.POWER_LOSS, StopReason.REBOOT, StopReason.EMERGENCY, StopReason.FAULT)


def record_power_outcome(store: Store, record: ChargeRecord, at: datetime) -> None:
    """Store with the booking how its promise of power turned out; a broken one is compensated like a promise of a socket. Done once.

    A held record is not judged: a person must review it first.
    """
    booking = store.bookings.booking(record.booking_id) if record.booking_id else None
    if booking is None or booking.power is None or record.held:
        return
    store.bookings.lock_pool(booking.site_id, booking.kind)
    booking = store.bookings.booking(booking.id) or booking
    span = power_span(booking)
    if span is None or booking.power is None or booking.power_outcome is not None:
        return
    failed = record.reason in _FAILED or store.stations.socket(record.evse_id).state in OUT_OF_USE
    until = min(record.ended_at, span.end)
    promised_wh = promised_energy_wh(booking, record.started_at, span.end if record.reason in _FAILED else until)
    promised_wh = promised_wh if record.stated_wh is None else min(promised_wh, record.stated_wh)
    flows_from = max(record.started_at, span.start) + timedelta(seconds=booking.power.starting_s)
    outcome = judge_power_promise(
        booking, promised_wh, _stretches(store, record, flows_from, until), failed or not is_connected(store, record.charger_id)
    )
    if not outcome.kept:
        outcome = replace(outcome, credit=compensate(store, booking, at))
    booking = replace(booking, power_outcome=outcome)
    store.bookings.put(booking)
    if not outcome.kept:
        notify_booking(store, booking, NoticeKind.BOOKING_POWER, at)


def _stretches(store: Store, record: ChargeRecord, flows_from: datetime, until: datetime) -> Iterator[ChargeInterval]:
    """The charge until then, cut at meter readings and plans. Before power was due, the car is not counted as refusing it."""
    if until <= record.started_at:
        return
    points = [one for one in store.sessions.points(record.session_id) if one.at <= record.ended_at]
    offers = _offers(store, record)
    edges = sorted({record.started_at, flows_from, until, *(one.at for one in points), *(at for at, _ in offers)})
    edges = [at for at in edges if record.started_at <= at <= until]
    watts = _watts_per_amp(store, record.evse_id)
    for start, end in pairwise(edges):
        known = bisect_right(offers, start, key=lambda one: one[0])
        offered_a = offers[known - 1][1] if known and start >= flows_from else 0
        draws_power = start < flows_from or _state(points, start) is not PhaseState.IDLE
        yield ChargeInterval(end - start, offered_a * watts, _energy(points, record, end) - _energy(points, record, start), draws_power)


def _offers(store: Store, record: ChargeRecord) -> list[tuple[datetime, int]]:
    """From each plan to the next: the amps that were certainly on offer throughout, both at its start and at its end."""
    plans = store.plans.since(record.site_id, record.started_at, record.ended_at)
    offered = [next((one.applied_a or 0 for one in plan.setpoints if one.evse_id == record.evse_id), 0) for plan in plans]
    limits = [next((one.limit_a for one in plan.setpoints if one.evse_id == record.evse_id), 0) for plan in plans]
    after = [*offered[1:], *limits[-1:]]
    return [(plan.made_at, min(first, last)) for plan, first, last in zip(plans, offered, after, strict=True)]


def _energy(points: Sequence[MeterPoint], record: ChargeRecord, at: datetime) -> float:
    """Watt hours of the charge at an instant, interpolated between readings."""
    index = bisect_right(points, at, key=lambda one: one.at)
    before = (points[index - 1].at, points[index - 1].energy_wh) if index else (record.started_at, 0)
    after = (points[index].at, points[index].energy_wh) if index < len(points) else (record.ended_at, record.energy_wh)
    if after[0] <= before[0]:
        return float(after[1])
    return before[1] + (after[1] - before[1]) * min(1.0, (at - before[0]) / (after[0] - before[0]))


def _state(points: Sequence[MeterPoint], at: datetime) -> PhaseState:
    index = bisect_right(points, at, key=lambda one: one.at)
    return points[index - 1].state if index else PhaseState.CHARGING


def _watts_per_amp(store: Store, evse_id: EvseId) -> int:
    evse = store.stations.evse(evse_id)
    return evse.max_power_w // evse.max_a
