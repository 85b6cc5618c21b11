"""What plans owe to bookings: energy to cars that have come for one, and room for those that are due."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.ports.store import Store
from forecourt.kernel import SessionId, SiteId
from forecourt.planning import Guarantee, PlanSession, Problem, Stay
from forecourt.reservations import Booking, energy_due_by, power_span, promised_energy_wh
from forecourt.sessions import Session

AHEAD = timedelta(hours=10)


def guarantees_of(store: Store, sessions: Iterable[Session], at: datetime) -> dict[SessionId, Guarantee]:
    """The guarantee of each charge under a booking; none once the booked time is over."""
    found = {}
    for session in sessions:
        booking = store.bookings.booking(session.booking_id) if session.booking_id else None
        guarantee = _guarantee(booking, session.started_at, at) if booking else None
        if guarantee is not None:
            found[session.id] = guarantee
    return found


def _guarantee(booking: Booking, arrived_at: datetime, at: datetime) -> Guarantee | None:
    span, by = power_span(booking), energy_due_by(booking)
    if span is None or by is None or booking.power is None or at >= span.end:
        return None
    energy_wh = promised_energy_wh(booking, arrived_at, span.end)
    return Guarantee(float(energy_wh), float(booking.power.power_w), by) if energy_wh else None


def with_guarantees(problem: Problem, guarantees: Mapping[SessionId, Guarantee]) -> Problem:
    """The problem with guarantees; unchanged if nothing is owed."""
    if not guarantees:
        return problem
    by_id = {str(session_id): guarantee for session_id, guarantee in guarantees.items()}
    return replace(problem, sessions=tuple(_within_request(one, by_id.get(one.id)) for one in problem.sessions))


def _within_request(session: PlanSession, guarantee: Guarantee | None) -> PlanSession:
    """Nobody gets more than the driver has asked for in this charge."""
    if guarantee is None:
        return session
    energy_wh = guarantee.energy_wh if session.need_wh is None else min(guarantee.energy_wh, session.need_wh)
    return replace(session, guarantee=replace(guarantee, energy_wh=energy_wh))


def due_stays(store: Store, site_id: SiteId, at: datetime) -> tuple[Stay, ...]:
    """Booked stays with a promise of power whose cars have not come yet, with what they were promised."""
    return tuple(
        Stay(span.start, span.end, float(booking.power.energy_wh), float(booking.power.power_w))
        for booking in store.bookings.live_at(site_id)
        if booking.power and (span := power_span(booking)) and at < span.end and span.start < at + AHEAD
    )
