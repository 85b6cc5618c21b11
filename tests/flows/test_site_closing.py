"""A site closes for good after its last day: later bookings are compensated, running charges completed, then all of it ends."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.flows.bookings import (
    JoinQueue,
    LastDay,
    ReserveRequest,
    ServiceEdit,
    ServicePreview,
    compensation_coupon,
    is_compensation,
    join_queue,
    join_waitlist,
    reserve,
    service_fingerprint,
    set_service,
)
from forecourt.flows.chargers import complete_closings, complete_retirements, retire_from
from forecourt.flows.desk import Staff
from forecourt.flows.prices import Publication, find_price, publish_tariff
from forecourt.kernel import BadInput, ChargerId, Conflict, Refused, Span, TariffVersionId
from forecourt.notices import NoticeKind
from forecourt.reservations import Broken, Confirmed, Left, Unmet
from forecourt.revenue import Effect, PriceProposal, ProposalKind, ProposalState
from forecourt.stations import Approval, Verdict, is_open
from stores import both_stores

from .conftest import KIND, TARIFF, at

TODAY = date(2026, 6, 1)
OVER = 10 * 60  # minutes from noon UTC to midnight in Berlin


class Place:
    """Three bays in Berlin; it is Monday, two in the afternoon."""

    def __init__(self, forecourt, crowd) -> None:
        self.forecourt, self.crowd, self.site_id, self.ids = forecourt, crowd, forecourt.site_id, forecourt.ids
        forecourt.free()

    def does(self, step, *args):
        with self.forecourt.transactions.begin() as store:
            return step(store, *args)

    def last(self, day: date | None, minute: float = 0) -> ServicePreview:
        def sets(store) -> ServicePreview:
            by = Staff(self.forecourt.operator_id, "ops", at(minute), self.ids)
            return set_service(
                store, by, self.site_id, ServiceEdit(last=LastDay(day)), service_fingerprint(store.stations.site(self.site_id))
            )

        return self.does(sets)

    def asks(self, who: int, start: float, end: float) -> ReserveRequest:
        return ReserveRequest(self.site_id, KIND, self.crowd[who], Span(at(start), at(end)))

    def books(self, who: int, start: float, end: float, minute: float = 0):
        return self.does(reserve, self.asks(who, start, end), at(minute), self.ids)

    def ticks(self, minute: float) -> int:
        return self.does(complete_closings, self.site_id, at(minute), self.ids)

    def site(self):
        return self.does(lambda store: store.stations.site(self.site_id))

    def told(self, who: int) -> list[NoticeKind]:
        return [one.kind for one in self.does(lambda store: store.notices.all_of(self.crowd[who]))]

    def chargers(self) -> list[Approval]:
        return [one.approval for one in self.does(lambda store: store.stations.chargers(self.site_id))]


@pytest.fixture
def place(forecourt, crowd) -> Place:
    return Place(forecourt, crowd)


def test_bookings_beyond_a_sites_last_day_are_compensated_and_new_ones_refused(place) -> None:
    before, beyond = place.books(0, 60, 120), place.books(1, OVER - 30, OVER + 30)
    found = place.last(TODAY)
    assert (found.kept, [one.booking.id for one in found.taken_back]) == (1, [beyond.id])
    states = place.does(lambda store: [store.bookings.booking(one.id).state for one in (before, beyond)])
    assert is_compensation(place.does(lambda store: compensation_coupon(store, beyond)))
    assert isinstance(states[0], Confirmed) and states[1] == Broken(at(0), "closing", found.taken_back[0].credit)
    assert states[1].credit.minor > 0 and NoticeKind.BOOKING_CLOSES in place.told(1) and NoticeKind.BOOKING_CLOSES not in place.told(0)
    place.books(2, OVER - 60, OVER)
    for start in (OVER - 15, OVER + 60):
        with pytest.raises(Refused):
            place.books(3, start, start + 60)


def test_prices_and_charges_are_available_until_a_sites_last_day_and_not_after(place) -> None:
    place.last(TODAY)
    quote = lambda minute: place.does(find_price, place.site_id, KIND, Span(at(minute), at(minute + 60)))  # noqa: E731
    assert quote(OVER - 1).due.minor > 0 and is_open(place.site(), at(OVER - 1)) and not is_open(place.site(), at(OVER))
    with pytest.raises(Conflict, match="closed for good") as refusal:
        quote(OVER)
    assert refusal.value.code == "site_ended"
    assert place.forecourt.starts("CP1", OVER - 1).verdict is Verdict.ACCEPTED
    assert place.forecourt.starts("CP2", OVER, "RIDER0").verdict is Verdict.NOT_NOW


def test_a_charge_running_when_the_site_closes_is_completed_and_its_charger_retired_last(place) -> None:
    place.last(TODAY)
    begun = place.forecourt.starts("CP1", OVER - 30)
    assert (place.ticks(OVER - 1), place.chargers().count(Approval.RETIRED)) == (0, 0)
    place.ticks(OVER + 1)
    assert place.chargers() == [Approval.APPROVED, Approval.RETIRED, Approval.RETIRED] and place.site().closed_at is None
    place.forecourt.stops("CP1", begun.transaction, OVER + 60, 9000)
    place.ticks(OVER + 61)
    assert set(place.chargers()) == {Approval.RETIRED} and place.site().closed_at == at(OVER + 61)
    record, entries = place.does(
        lambda store: (store.sessions.records(place.site_id)[0], store.prices.entries(place.forecourt.operator_id, place.site_id))
    )
    assert record.energy_wh == 8000 and record.tariff_version_id is not None
    assert [one.valid_to for one in entries] == [at(OVER + 61)] and place.ticks(OVER + 62) == 0


@both_stores
def test_prices_and_proposals_of_a_site_end_with_it_and_those_of_all_sites_continue(place) -> None:
    here, later, all_sites = (TariffVersionId(UUID(int=number)) for number in (5, 31, 32))
    effect = Effect(1.0, 1.0, Decimal("0.4"), 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    of_site = (UUID(int=71), place.forecourt.operator_id, place.site_id)

    def plans(store) -> None:
        store.pricing.put_proposal(PriceProposal(*of_site, at(0), ProposalKind.BY_CLOCK, "{}", here, (), (), effect, "A test."))
        publish_tariff(store, Publication(later, place.site_id, TARIFF, at(OVER + 60), at=at(0)))
        publish_tariff(store, Publication(all_sites, None, TARIFF | {"id": "ALL"}, at(0), operator_id=of_site[1], at=at(0)))

    place.does(plans)
    place.last(TODAY)
    place.ticks(OVER)
    assert place.does(lambda store: store.pricing.proposal(UUID(int=71))).state is ProposalState.REPLACED
    assert place.does(lambda store: [store.prices.version(one).withdrawn for one in (here, later, all_sites)]) == [False, True, False]
    ends = place.does(lambda store: {one.tariff.id: one.valid_to for one in store.prices.entries(of_site[1])})
    assert ends == {"TEST": at(OVER), "ALL": None}


def test_a_sites_closing_can_be_revoked_until_its_last_day_is_over(place) -> None:
    place.last(TODAY)
    place.last(None, OVER - 1)
    assert place.ticks(OVER + 1) == 0 and place.books(0, OVER + 60, OVER + 120, OVER).state == Confirmed()
    place.last(TODAY + timedelta(days=1), OVER + 1)
    with pytest.raises(Conflict, match="closed for good"):
        place.last(None, OVER + 24 * 60)
    actions = place.does(lambda store: [one.detail for one in store.audit.recent() if one.action == "site.last_day"])
    assert sorted(actions)[0].startswith("2026-06-01 → none") and len(actions) == 3


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=367)])
def test_a_last_day_that_is_past_or_years_ahead_is_refused(place, day) -> None:
    with pytest.raises(BadInput, match="last day"):
        place.last(day)


@both_stores
def test_waitlisted_drivers_are_notified_of_a_closing_at_once_and_queued_ones_when_it_happens(place) -> None:
    for who in (0, 1, 2):
        place.books(who, OVER + 60, OVER + 180)
    wait = place.does(join_waitlist, place.asks(4, OVER + 60, OVER + 180), at(0), place.ids)
    for charger, card in (("CP1", "RIDER5"), ("CP2", "RIDER6"), ("CP3", "RIDER8")):
        place.forecourt.starts(charger, 1, card)
    ticket = place.does(join_queue, JoinQueue(place.site_id, KIND, place.crowd[7]), at(2), place.ids)
    assert place.last(TODAY, 3).hoping == 1
    assert place.does(lambda store: store.waitlist.wait(wait.id)).state == Unmet(at(3)) and place.told(4) == [NoticeKind.WAIT_CLOSES]
    assert place.told(7) == []
    place.ticks(OVER)
    assert place.does(lambda store: store.queue.ticket(ticket.id)).state == Left(at(OVER)) and place.told(7) == [NoticeKind.WAIT_CLOSES]
    with pytest.raises(Conflict, match="closed for good"):
        place.does(join_waitlist, place.asks(4, OVER + 60, OVER + 120), at(4), place.ids)


def test_a_charger_with_its_own_planned_retirement_is_retired_when_the_site_closes(place) -> None:
    by = Staff(place.forecourt.operator_id, "ops", at(0), place.ids)
    place.does(retire_from, by, ChargerId("CP1"), at(OVER + 5))
    place.last(TODAY)
    assert place.does(complete_retirements, place.site_id, at(OVER + 6), place.ids) == 1 and place.chargers()[0] is Approval.RETIRED
    place.ticks(OVER + 7)
    assert (place.site().closed_at, place.site().maintenance) == (at(OVER + 7), ())


@both_stores
def test_the_closing_of_a_site_waits_a_week_for_offline_chargers_to_report_charges(place) -> None:
    place.last(TODAY)

    def cut_off(store) -> None:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP3")), connected=False))

    place.does(cut_off)
    week = 7 * 24 * 60
    assert (place.ticks(OVER), place.ticks(OVER + week - 1)) == (2, 0)
    assert place.chargers() == [Approval.RETIRED, Approval.RETIRED, Approval.APPROVED] and place.site().closed_at is None
    place.ticks(OVER + week)
    assert place.chargers()[2] is Approval.RETIRED and place.site().closed_at == at(OVER + week)
