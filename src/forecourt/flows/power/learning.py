"""Learn how cars behave at a site's sockets, every night, for the promises and plans of the following day."""

from datetime import datetime

from forecourt.flows.desk.runs import NightlyRun
from forecourt.flows.ports.store import Store
from forecourt.flows.power.energy_costs import learn_peak
from forecourt.flows.power.expectations import stay_of
from forecourt.kernel import SiteId, Span
from forecourt.planning import STAY_HISTORY, PastVisit, SiteStays, backtest_stays
from forecourt.reservations import HABIT_HISTORY, Kept, Missed, PastStay, habits_from_stays

MAX_STAYS = 5000


def learn_site(store: Store, site_id: SiteId, at: datetime) -> None:
    """Learn everything that a site's past tells about its future."""
    learn_habits(store, site_id, at)
    learn_peak(store, site_id, at)
    learn_stays(store, site_id, at)


HABITS = NightlyRun("habits", learn_site)


def learn_habits(store: Store, site_id: SiteId, at: datetime) -> None:
    """For every kind of socket at the site, from the charges and bookings of recent weeks."""
    site, lately = store.stations.site(site_id), Span(at - HABIT_HISTORY, at)
    bookings = {one.id: one for one in store.bookings.of_site(site_id, lately)}
    charges = store.sessions.ended_within(site_id, lately)
    evses = store.stations.evses(site_id)
    for kind in sorted({evse.kind for evse in evses}):
        evse_ids = {evse.id for evse in evses if evse.kind == kind}
        past_stays = []
        for charge in charges:
            if charge.evse_id in evse_ids:
                booking = bookings.get(charge.booking_id) if charge.booking_id else None
                due = booking.window.end if booking and not booking.held else charge.stated_departure
                past_stays.append(PastStay(Span(charge.started_at, charge.ended_at), due))
        ends = [one.state for one in bookings.values() if one.kind == kind and isinstance(one.state, Kept | Missed)]
        missed = sum(isinstance(state, Missed) for state in ends)
        # A prior of twenty more bookings with one unused: a few bookings prove little.
        unused_percent = 100 * (missed + 1) // (len(ends) + 20)
        store.bookings.put_habits(site, kind, habits_from_stays(past_stays, len(evse_ids), site.zone, at, unused_percent))


def learn_stays(store: Store, site_id: SiteId, at: datetime) -> None:
    """How long cars stayed and what they took, with what their drivers had stated; and which predicts better lately."""
    site = store.stations.site(site_id)
    ended = store.sessions.ended_within(site_id, Span(at - STAY_HISTORY, at))
    charges = [one for one in ended if one.ended_at > one.started_at and not one.held]
    past = tuple(
        PastVisit(stay_of(one.started_at, one.driver_id, one.stated_departure, one.stated_wh), one.ended_at, float(one.energy_wh))
        for one in charges[-MAX_STAYS:]
    )
    end, need = backtest_stays(past, site.zone, at)
    store.plans.put_stays(SiteStays(site.operator_id, site.id, at, past, end, need))
