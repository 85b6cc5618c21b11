"""Arithmetic of power promises: from energy to power before a stay, and from power to energy for a stay as it was."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.kernel import Span
from forecourt.reservations.booking import add_note
from forecourt.reservations.model import Booking, BookingTerms, PowerOutcome, PowerPromise

# How long a charger and its car may take until power flows; others may have to make room first.
START_ALLOWANCE = timedelta(minutes=5)
PROMISE_STEP_WH = 100  # promises are in tenths of a kWh, so that what is displayed is what is promised
SHORTFALL_TOLERANCE = 0.02  # tolerance for readings, and for currents slightly below the limit, in a promise that was kept
_SECOND = timedelta(seconds=1)


def required_power_w(energy_wh: int, length: timedelta, starting: timedelta) -> int:
    """Whole watts that deliver this energy in a window of that length; 0 if it is too short for power to flow."""
    flowing_s = (length - starting) // _SECOND
    return -(-energy_wh * 3600 // flowing_s) if flowing_s > 0 else 0


def make_power_promise(power_w: int, energy_wh: int, length: timedelta, starting: timedelta) -> PowerPromise | None:
    """A promise of that power, and of at most the energy asked for; None if it comes to nothing."""
    promised_wh = min(energy_wh, _energy_wh(power_w, length - starting)) // PROMISE_STEP_WH * PROMISE_STEP_WH
    return PowerPromise(power_w, promised_wh, starting // _SECOND) if promised_wh > 0 else None


def power_span(booking: Booking) -> Span | None:
    """The span for which its power is promised; None if there is no promise."""
    if booking.power is None:
        return None
    return Span(booking.window.start, min(booking.window.end, booking.power.until or booking.window.end))


def energy_due_by(booking: Booking) -> datetime | None:
    """When all the promised energy should have been delivered, at the promised power from the start."""
    span = power_span(booking)
    return span.end - timedelta(seconds=booking.power.starting_s) if span and booking.power else None


def promised_energy_wh(booking: Booking, arrived_at: datetime, left: datetime) -> int:
    """The promised energy due to a car that was there from one instant to the other; less than all if it came late or left
    early."""
    span = power_span(booking)
    if span is None or booking.power is None:
        return 0
    time_left = min(left, span.end) - max(arrived_at, span.start) - timedelta(seconds=booking.power.starting_s)
    return min(booking.power.energy_wh, _energy_wh(booking.power.power_w, time_left))


@dataclass(frozen=True, slots=True)
class ChargeInterval:
    """A part of a charge: the least that was on offer, and what was taken. willing: the car was asking for power."""

    time: timedelta
    offered_w: int
    taken_wh: float
    willing: bool = True


def judge_power_promise(booking: Booking, owed_wh: int, stretches: Iterable[ChargeInterval], failed: bool) -> PowerOutcome:
    """Judge whether a promise of power was kept: the energy owed was available. failed: the charger failed."""
    power_w, got_wh, left_wh = booking.power.power_w if booking.power else 0, 0.0, 0.0
    for one in stretches:
        open_w = min(power_w, one.offered_w) if one.willing else power_w
        left_wh += max(0.0, open_w * one.time.total_seconds() / 3600 - one.taken_wh)
        got_wh += one.taken_wh
    missing_wh = owed_wh - got_wh - left_wh
    cause = ("fault" if failed else "power") if missing_wh > max(PROMISE_STEP_WH, owed_wh * SHORTFALL_TOLERANCE) else ""
    return PowerOutcome(owed_wh, int(got_wh), int(left_wh), cause)


def extend_power_promise(booking: Booking, longer: Booking, more: PowerPromise | None) -> Booking:
    """The longer stay with the promise for the shorter one; more: a promise of the same power for the added time."""
    span = power_span(booking)
    if span is None or booking.power is None:
        return longer
    if more is None or more.power_w < booking.power.power_w or span.end < booking.window.end:
        return replace(longer, power=replace(booking.power, until=span.end))
    return replace(longer, power=replace(booking.power, energy_wh=booking.power.energy_wh + more.energy_wh))


def mark_power_at_risk(booking: Booking, terms: BookingTerms, at: datetime) -> Booking:
    """A limit was lowered and the promised power may not be available: the promise stays, as does its compensation if broken. From now
    on the booking is free to cancel or change until its start."""
    return add_note(replace(booking, power_unsure_since=at, terms=replace(terms, free_cancel_min=0)), at, "power_unsure", "")


def clear_power_at_risk(booking: Booking, at: datetime) -> Booking:
    return add_note(replace(booking, power_unsure_since=None), at, "power_sure", "")


def _energy_wh(power_w: int, time: timedelta) -> int:
    return max(0, power_w * (time // _SECOND) // 3600)
