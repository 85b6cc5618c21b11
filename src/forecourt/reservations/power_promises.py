"""What a promise of power is worth: from energy to power before the stay, from power to energy for a stay as it was."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.kernel import Span
from forecourt.reservations.booking import told
from forecourt.reservations.model import Booking, BookingTerms, PowerOutcome, PowerPromise

# So long a charger and its car may take until power flows; others may have to make room first.
STARTING = timedelta(minutes=5)
SAID_WH = 100  # a promise is of whole tenths of a kilowatt hour: what is kept is what is said
NOT_MISSED = 0.02  # what readings, and currents a little below the limit, may leave open of a promise that was kept
_SECOND = timedelta(seconds=1)


def power_for(energy_wh: int, length: timedelta, starting: timedelta) -> int:
    """Whole watts that bring this energy in a window of that length; 0 where it is too short for power to flow."""
    flowing_s = (length - starting) // _SECOND
    return -(-energy_wh * 3600 // flowing_s) if flowing_s > 0 else 0


def power_promised(power_w: int, energy_wh: int, length: timedelta, starting: timedelta) -> PowerPromise | None:
    """The promise of that power, and of no more energy than was asked for; None for nothing."""
    promised_wh = min(energy_wh, _energy_wh(power_w, length - starting)) // SAID_WH * SAID_WH
    return PowerPromise(power_w, promised_wh, starting // _SECOND) if promised_wh > 0 else None


def powered(booking: Booking) -> Span | None:
    """When its power is promised; None where none is."""
    if booking.power is None:
        return None
    return Span(booking.window.start, min(booking.window.end, booking.power.until or booking.window.end))


def flows_until(booking: Booking) -> datetime | None:
    """When all the promised energy should be there, at its power from the start."""
    span = powered(booking)
    return span.end - timedelta(seconds=booking.power.starting_s) if span and booking.power else None


def owed_wh(booking: Booking, came: datetime, left: datetime) -> int:
    """The promised energy that a car must have been given which was there from one instant to the other; less than all for one that
    came late or left early."""
    span = powered(booking)
    if span is None or booking.power is None:
        return 0
    there = min(left, span.end) - max(came, span.start) - timedelta(seconds=booking.power.starting_s)
    return min(booking.power.energy_wh, _energy_wh(booking.power.power_w, there))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Of a charge: what was on offer (at least) and what was taken. willing: the car asked for power at all."""

    time: timedelta
    offered_w: int
    taken_wh: float
    willing: bool = True


def judged(booking: Booking, owed: int, stretches: Iterable[Stretch], failed: bool) -> PowerOutcome:
    """Whether a promise of power was kept: the energy owed was there to be taken. failed: the charger did."""
    power_w, got_wh, left_wh = booking.power.power_w if booking.power else 0, 0.0, 0.0
    for one in stretches:
        open_w = min(power_w, one.offered_w) if one.willing else power_w
        left_wh += max(0.0, open_w * one.time.total_seconds() / 3600 - one.taken_wh)
        got_wh += one.taken_wh
    missing_wh = owed - got_wh - left_wh
    cause = ("fault" if failed else "power") if missing_wh > max(SAID_WH, owed * NOT_MISSED) else ""
    return PowerOutcome(owed, int(got_wh), int(left_wh), cause)


def lengthened(booking: Booking, longer: Booking, more: PowerPromise | None) -> Booking:
    """The longer stay with what was promised for the shorter one; more: a promise of the same power for the time that is added."""
    span = powered(booking)
    if span is None or booking.power is None:
        return longer
    if more is None or more.power_w < booking.power.power_w or span.end < booking.window.end:
        return replace(longer, power=replace(booking.power, until=span.end))
    return replace(longer, power=replace(booking.power, energy_wh=booking.power.energy_wh + more.energy_wh))


def power_unsure(booking: Booking, terms: BookingTerms, at: datetime) -> Booking:
    """A limit was cut, and what was promised may not be there: the promise stands, with what a broken one gives. From now on it is free
    to cancel, or to change, until its start, and stays so."""
    return told(replace(booking, power_unsure_since=at, terms=replace(terms, free_cancel_min=0)), at, "power_unsure", "")


def power_sure(booking: Booking, at: datetime) -> Booking:
    return told(replace(booking, power_unsure_since=None), at, "power_sure", "")


def _energy_wh(power_w: int, time: timedelta) -> int:
    return max(0, power_w * (time // _SECOND) // 3600)
