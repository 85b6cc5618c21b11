"""Learn what cars do at a site's sockets, every night, for the promises and the plans of the day after."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.flows.ports.run import Run
from forecourt.flows.ports.store import Store
from forecourt.flows.power.energy_costs import learn_peak
from forecourt.flows.power.expecting import stay_of
from forecourt.kernel import Ids, OperatorId, SiteId, Span
from forecourt.planning import STAYS_FROM, PastVisit, SiteStays, trial
from forecourt.reservations import LEARNED_FROM, Kept, Missed, Stayed, learn
from forecourt.sessions import ChargeRecord

_PAGE = 1000
MOST_STAYS = 5000


@dataclass(frozen=True, slots=True)
class HabitRun:
    """One run of an operator for each day; its subjects are sites."""

    name: str = "habits"

    def period(self, store: Store, operator_id: OperatorId, at: datetime) -> str:
        return at.astimezone(ZoneInfo(store.stations.operator(operator_id).zone)).date().isoformat()

    def subjects(self, store: Store, run: Run, limit: int) -> Sequence[UUID]:
        ids = sorted(site.id for site in store.stations.sites(run.operator_id))
        return [one for one in ids if run.after is None or one > run.after][:limit]

    def count(self, store: Store, run: Run) -> int:
        return len(store.stations.sites(run.operator_id))

    def work(self, store: Store, run: Run, subject: UUID, at: datetime, ids: Ids) -> None:
        learn_habits(store, SiteId(subject), at)
        learn_peak(store, SiteId(subject), at)
        learn_stays(store, SiteId(subject), at)


def learn_habits(store: Store, site_id: SiteId, at: datetime) -> None:
    """Of every kind of socket at the site, from the charges and bookings of the last weeks."""
    site, lately = store.stations.site(site_id), Span(at - LEARNED_FROM, at)
    bookings = {one.id: one for one in store.bookings.of_site(site_id, lately)}
    records = list(ended_in(store, site_id, lately))
    evses = store.stations.evses(site_id)
    for kind in sorted({evse.kind for evse in evses}):
        ours = {evse.id for evse in evses if evse.kind == kind}
        stayed = []
        for record in records:
            if record.evse_id in ours:
                booking = bookings.get(record.booking_id) if record.booking_id else None
                due = booking.window.end if booking else record.stated_departure
                stayed.append(Stayed(Span(record.started_at, record.ended_at), due))
        ends = [one.state for one in bookings.values() if one.kind == kind and isinstance(one.state, Kept | Missed)]
        missed = sum(isinstance(state, Missed) for state in ends)
        # As if twenty more had been made of which one was not used: a few bookings tell little.
        unused_percent = 100 * (missed + 1) // (len(ends) + 20)
        store.bookings.put_habits(site, kind, learn(stayed, len(ours), site.zone, at, unused_percent))


def learn_stays(store: Store, site_id: SiteId, at: datetime) -> None:
    """How long cars stayed and what they took, beside what their drivers had said; and whose word lately was the better one."""
    site = store.stations.site(site_id)
    records = [one for one in ended_in(store, site_id, Span(at - STAYS_FROM, at)) if one.ended_at > one.started_at and not one.held]
    past = tuple(
        PastVisit(stay_of(one.started_at, one.driver_id, one.stated_departure, one.stated_wh), one.ended_at, float(one.energy_wh))
        for one in records[-MOST_STAYS:]
    )
    end, need = trial(past, site.zone, at)
    store.plans.put_stays(SiteStays(site.operator_id, site.id, at, past, end, need))


def ended_in(store: Store, site_id: SiteId, span: Span) -> Iterator[ChargeRecord]:
    """The oldest first."""
    found: list[ChargeRecord] = []
    before, last = span.end, None
    while page := [one for one in store.sessions.records(site_id, _PAGE, before, last) if one.ended_at >= span.start]:
        found += page
        before, last = page[-1].ended_at, page[-1].session_id
    return reversed(found)
