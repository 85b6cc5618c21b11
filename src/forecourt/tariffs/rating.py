"""The one function that prices a usage: quote, running cost and bill are all this."""

from collections.abc import Iterable
from dataclasses import replace

from forecourt.tariffs.matching import Plan, ScopePlan
from forecourt.tariffs.measuring import Tally, measure
from forecourt.tariffs.model import Note, PhaseState, Rating, Tariff, Usage
from forecourt.tariffs.slices import Slice, microseconds, slices_of
from forecourt.tariffs.terms import Dimension, Scope
from forecourt.tariffs.totals import Item, decimal_of, items_of, total
from forecourt.tariffs.wording import number_text


def rate(tariff: Tariff, usage: Usage) -> Rating:
    """Price a usage under a tariff. Exact in between; rounded once per VAT category. The same input gives the same bytes.

    The phases are cut here, wherever the price can change; how finely they come makes no difference.
    Raises BadInput for an unknown time zone.
    """
    return rate_slices(tariff, slices_of(usage), usage)


def rate_slices(tariff: Tariff, slices: list[Slice], usage: Usage, odd: Iterable[Note] = ()) -> Rating:
    """As `rate`, on slices already counted out; usage gives the zone and the reservation's fate, odd what is already known."""
    notes = list(odd)
    scale = tariff.plan.scale
    items: list[Item] = []
    if any(piece.state is PhaseState.RESERVED for piece in slices):
        held = [piece for piece in slices if piece.state is PhaseState.RESERVED]
        session = [piece for piece in slices if piece.state is not PhaseState.RESERVED]
        scope, plan = _held(tariff.plan, usage)
        tally = measure(plan, held, usage.zone)
        items += items_of(tally, scope, scale)
    else:
        session = slices
    if session:
        tally = measure(tariff.plan.session, session, usage.zone)
        items += items_of(tally, Scope.SESSION, scale)
        _note_gaps(tally, notes)
    if usage.booking_ended is not None:
        items += _overtime(tariff, session, usage)
    return total(tariff, items, bool(session), notes)


def _held(plan: Plan, usage: Usage) -> tuple[Scope, ScopePlan]:
    """Which elements price the time the socket was held for the driver."""
    # A tariff with booking elements alone can only mean a booking.
    if usage.booked or (plan.booked.prices and not plan.expired.prices):
        if usage.booking_cancelled:
            return Scope.BOOKING, plan.cancelled
        return Scope.BOOKING, plan.unused if usage.reservation_expired else plan.booked
    return Scope.RESERVATION, plan.expired if usage.reservation_expired else plan.reserved


def _overtime(tariff: Tariff, session: list[Slice], usage: Usage) -> list[Item]:
    """Time at the socket after the booking ended, priced by the BOOKING_OVERTIME elements."""
    if usage.booking_ended is None:
        return []
    ended = microseconds(usage.booking_ended)
    late = [
        replace(piece, start_us=max(piece.start_us, ended), wh=0, state=PhaseState.RESERVED)
        for piece in session
        if piece.end_us > ended and piece.state is not PhaseState.WITHHELD
    ]
    return items_of(measure(tariff.plan.overtime, late, usage.zone), Scope.BOOKING, tariff.plan.scale) if late else []


def _note_gaps(tally: Tally, notes: list[Note]) -> None:
    """Say what no price held for: free by the tariff, never silently."""
    for dimension, quantity in tally.unpriced.items():
        if dimension is Dimension.ENERGY:
            notes.append(Note("free_energy", f"{number_text(decimal_of(quantity, 1000))} kWh are free: no energy price holds for them."))
    if tally.unknown_draw:
        notes.append(Note("unknown_draw", "The tariff asks for power or current, and a part of the session does not state it."))
