"""The one function that prices a usage: quote, running cost and bill are all this."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from forecourt.tariffs.cutting import zone_named
from forecourt.tariffs.joint import joined
from forecourt.tariffs.matching import Plan, ScopePlan, compile_elements
from forecourt.tariffs.measuring import Tally, measure, measured
from forecourt.tariffs.model import Note, PhaseState, Rating, Tariff, Usage
from forecourt.tariffs.slices import Slice, microseconds, slices_of
from forecourt.tariffs.terms import Scope
from forecourt.tariffs.totals import items_of, total
from forecourt.tariffs.workings import Item, amount_text

_RESERVED = PhaseState.RESERVED
_NOTHING = compile_elements(()).session


class Run(NamedTuple):
    """A stretch of a session under one tariff; None where none is relevant (OCPI ChargingPeriod.tariff_id)."""

    tariff: Tariff | None
    slices: list[Slice]


def rate(tariff: Tariff, usage: Usage) -> Rating:
    """Price a usage under a tariff. Exact in between; rounded once per VAT category. The same input gives the same bytes.

    The phases are cut here, wherever the price can change; how finely they come makes no difference.
    Raises BadInput for an unknown time zone.
    """
    return rate_runs([Run(tariff, slices_of(usage))], usage)


def rate_runs(runs: Sequence[Run], usage: Usage, overtime: Sequence[Slice] = (), odd: Iterable[Note] = ()) -> Rating:
    """As `rate`, on slices already counted out, under one tariff after the other.

    usage gives the zone and the fate of the reservation; overtime: time after a booking's end, where a record states it;
    odd: what is already known to be strange. At least one run has a tariff.
    """
    zone_named(usage.zone)
    terms = joined([run.tariff for run in runs if run.tariff is not None])
    notes = list(odd)
    items: list[Item] = []
    held = _of_state(runs, held=True) if _any_reserved(runs) else []
    if held:
        scope, tally = _held(held, usage)
        items += items_of(tally, scope)
        if not tally.used:
            notes.append(Note("free_reservation", "No price of the tariff holds for the reserved time: it is free."))
    session = _of_state(runs, held=False) if held else [run for run in runs if run.slices]
    if session:
        tally = Tally(session[0].slices[0].start_us)
        for run in session:
            measure(run.tariff.plan.session if run.tariff else _NOTHING, run.slices, usage.zone, tally)
        items += items_of(tally, Scope.SESSION)
        _note_gaps(tally, notes)
    if usage.booking_ended is not None:
        overtime = _after(microseconds(usage.booking_ended), [piece for run in session for piece in run.slices])
    if overtime:
        items += items_of(measured(terms.plan.overtime, list(overtime), usage.zone), Scope.BOOKING)
    return total(terms, items, bool(session), notes)


def _any_reserved(runs: Sequence[Run]) -> bool:
    for run in runs:
        for piece in run.slices:
            if piece[0] is _RESERVED:
                return True
    return False


def _of_state(runs: Sequence[Run], held: bool) -> list[Run]:
    """The runs with only their reserved slices, or without them; runs with nothing left go."""
    kept = [Run(run.tariff, [piece for piece in run.slices if (piece.state is _RESERVED) is held]) for run in runs]
    return [run for run in kept if run.slices]


def _held(held: list[Run], usage: Usage) -> tuple[Scope, Tally]:
    """What the time the socket was held for the driver used, and in which scope."""
    planned = [_held_plan(run.tariff.plan, usage) if run.tariff else (Scope.RESERVATION, _NOTHING) for run in held]
    tally = Tally(held[0].slices[0].start_us)
    for (_, plan), run in zip(planned, held, strict=True):
        measure(plan, run.slices, usage.zone, tally)
    return planned[0][0], tally


def _held_plan(plan: Plan, usage: Usage) -> tuple[Scope, ScopePlan]:
    """Which elements price the held time. A tariff that has only the other kind of elements prices it by those."""
    booked = plan.unused.prices or plan.cancelled.prices if usage.booked else plan.unused.prices and not plan.expired.prices
    if booked or (usage.booked and not plan.expired.prices):
        if usage.booking_cancelled:
            return Scope.BOOKING, plan.cancelled
        return Scope.BOOKING, plan.unused if usage.reservation_expired else plan.booked
    return Scope.RESERVATION, plan.expired if usage.reservation_expired else plan.reserved


def _after(ended_us: int, session: Iterable[Slice]) -> list[Slice]:
    """Time at the socket after a booking ended. What the station withholds is not the driver's doing."""
    return [
        piece._replace(state=_RESERVED, start_us=max(piece.start_us, ended_us), wh=0)
        for piece in session
        if piece.end_us > ended_us and piece.state is not PhaseState.WITHHELD
    ]


def _note_gaps(tally: Tally, notes: list[Note]) -> None:
    """Say what no price held for: free by the tariff, never silently."""
    if tally.free_wh:
        notes.append(
            Note(
                "free_energy",
                f"{amount_text(tally.free_wh.numerator, tally.free_wh.denominator * 1000)} kWh are free: no energy price holds for them.",
            )
        )
    elif not tally.used:
        notes.append(Note("free_session", "No price of the tariff holds for this session: it is free."))
    if tally.unknown_draw:
        notes.append(Note("unknown_draw", "The tariff asks for power or current, and a part of the session does not state it."))
