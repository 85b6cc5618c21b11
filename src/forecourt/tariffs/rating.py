"""The one function that prices a usage: quote, running cost and bill are all this."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from forecourt.tariffs.breakdown import amount_text
from forecourt.tariffs.combining import combine_tariffs
from forecourt.tariffs.local_time import parse_zone
from forecourt.tariffs.matching import Plan, ScopePlan, compile_elements
from forecourt.tariffs.measuring import Tally, measure, measured
from forecourt.tariffs.model import Note, PhaseState, Rating, Tariff, Usage
from forecourt.tariffs.one_pass import rate_in_one_pass
from forecourt.tariffs.slices import Slice, microseconds, slices_of
from forecourt.tariffs.terms import Scope
from forecourt.tariffs.totals import total

# Looking a member up in its enumeration takes ten times as long.
_RESERVED, _WITHHELD = PhaseState.RESERVED, PhaseState.WITHHELD
_SESSION = Scope.SESSION
_NOTHING = compile_elements(()).session


class Run(NamedTuple):
    """A stretch of a session under one tariff; None where none is relevant (OCPI ChargingPeriod.tariff_id)."""

    tariff: Tariff | None
    slices: list[Slice]


class ReservationOutcome(NamedTuple):
    """How a reservation ended. booked: it was a booking (OCPI bookings edition); cancelled: that booking was cancelled."""

    expired: bool = False
    booked: bool = False
    cancelled: bool = False


RESERVATION_USED = ReservationOutcome()


def rate(tariff: Tariff, usage: Usage) -> Rating:
    """Price a usage under a tariff. Exact in between; rounded once per VAT category. The same input gives the same bytes.

    The phases are cut here, wherever the price can change; how finely they come makes no difference.
    Raises BadInput for an unknown time zone.
    """
    slices = slices_of(usage)
    reservation = ReservationOutcome(usage.reservation_expired, usage.booked, usage.booking_cancelled)
    overtime = () if usage.booking_ended is None else _after(microseconds(usage.booking_ended), slices)
    return rate_runs([Run(tariff, slices)], usage.zone, reservation, overtime)


def rate_runs(
    runs: Sequence[Run],
    zone: str,
    reservation: ReservationOutcome = RESERVATION_USED,
    overtime: Sequence[Slice] = (),
    known_notes: Iterable[Note] = (),
) -> Rating:
    """Like `rate`, but for slices, in runs that may each have a different tariff.

    overtime: time after a booking's end; known_notes: those found while parsing. At least one run has a tariff.
    """
    parse_zone(zone)
    if len(runs) == 1 and not overtime and (rating := rate_in_one_pass(*runs[0], known_notes)) is not None:
        return rating
    terms = (runs[0].tariff if len(runs) == 1 else None) or combine_tariffs([run.tariff for run in runs if run.tariff is not None])
    notes = list(known_notes)
    tallies: list[Tally] = []
    if _any_reserved(runs):
        reserved_runs, runs = _of_state(runs, reserved=True), _of_state(runs, reserved=False)
        tallies.append(_held(reserved_runs, zone, reservation))
        if not tallies[0].used:
            notes.append(Note("free_reservation", "No price of the tariff holds for the reserved time: it is free."))
    session = _session(runs, zone)
    if session is not None:
        tallies.append(session)
        if session.free_wh or session.unknown_draw or not session.used:
            _note_gaps(session, notes)
    if overtime:
        tallies.append(measured(Scope.BOOKING, terms.plan.overtime, list(overtime), zone))
    return total(terms, tallies, notes)


def _session(runs: Sequence[Run], zone: str) -> Tally | None:
    """What the session used; None where there was none."""
    tally = None
    for tariff, slices in runs:
        if slices:
            tally = tally or Tally(_SESSION, slices[0].start_us)
            measure(_NOTHING if tariff is None else tariff.plan.session, slices, zone, tally)
    if tally is not None:
        tally.round_up()
    return tally


def _any_reserved(runs: Sequence[Run]) -> bool:
    for _, slices in runs:
        for piece in slices:
            if piece[0] is _RESERVED:
                return True
    return False


def _of_state(runs: Sequence[Run], reserved: bool) -> list[Run]:
    """The runs with only their reserved slices, or without them; runs with nothing left go."""
    split_runs = [Run(run.tariff, [piece for piece in run.slices if (piece.state is _RESERVED) is reserved]) for run in runs]
    return [run for run in split_runs if run.slices]


def _held(reserved_runs: list[Run], zone: str, reservation: ReservationOutcome) -> Tally:
    """What the time the socket was held for the driver used, and in which scope."""
    planned = [_held_plan(run.tariff.plan, reservation) if run.tariff else (Scope.RESERVATION, _NOTHING) for run in reserved_runs]
    tally = Tally(planned[0][0], reserved_runs[0].slices[0].start_us)
    for (_, plan), run in zip(planned, reserved_runs, strict=True):
        measure(plan, run.slices, zone, tally)
    tally.round_up()
    return tally


def _held_plan(plan: Plan, reservation: ReservationOutcome) -> tuple[Scope, ScopePlan]:
    """Which elements price the held time. A tariff that has only the other kind of elements prices it by those."""
    booked = plan.unused.prices or plan.cancelled.prices if reservation.booked else plan.unused.prices and not plan.expired.prices
    if booked:
        if reservation.cancelled:
            return Scope.BOOKING, plan.cancelled
        return Scope.BOOKING, plan.unused if reservation.expired else plan.booked
    return Scope.RESERVATION, plan.expired if reservation.expired else plan.reserved


def _after(ended_us: int, session: Iterable[Slice]) -> list[Slice]:
    """Time at the socket after a booking ended. What the station withholds is not the driver's doing."""
    return [
        piece._replace(state=_RESERVED, start_us=max(piece.start_us, ended_us), wh=0)
        for piece in session
        if piece.end_us > ended_us and piece.state not in (_RESERVED, _WITHHELD)
    ]


def _note_gaps(tally: Tally, notes: list[Note]) -> None:
    """Note what is free because no price applied to it."""
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
