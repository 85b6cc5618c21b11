"""Bays with different features: every promised booking has a suitable bay, and every suitable bay can be promised."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations, pairwise, product
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecourt.kernel import BookingId, Conflict, DriverId, EvseId, OperatorId, SiteId, Span, TokenUid, parse_instant
from forecourt.reservations import (
    BayGroup,
    Booking,
    Bound,
    Confirmed,
    Pool,
    SlotRequest,
    book_slot,
    cost_to_others,
    free_sockets,
    group_bays,
    nearest_starts,
    place,
    reassign_bookings,
    turn_end,
    vacancies,
)
from forecourt.reservations.fitting import Layout, all_fit
from forecourt.reservations.placement import PlacementRequest
from forecourt.stations import ANY_BAY, BayNeed, BayTraits, Feature, merged

NOON = parse_instant("2026-12-01T12:00:00Z")
HOUR = timedelta(hours=1)
PLAIN, ACCESSIBLE, ROOFED = BayTraits(), BayTraits((Feature.ACCESSIBLE,)), BayTraits((Feature.ROOF,), 210)
WHEELCHAIR = BayNeed((Feature.ACCESSIBLE,))
BAYS = [PLAIN, ACCESSIBLE, ROOFED, BayTraits((Feature.ACCESSIBLE, Feature.ROOF), 200)]
NEEDS = [ANY_BAY, WHEELCHAIR, BayNeed((Feature.ROOF,)), BayNeed(height_cm=205)]


def evse(number: int) -> EvseId:
    return EvseId(UUID(int=number + 1))


def hours(start: float, end: float) -> Span:
    return Span(NOON + HOUR * start, NOON + HOUR * end)


def pool_of(bays: list[BayTraits], promised: tuple[Booking, ...] = (), taken: dict[int, Span] | None = None) -> Pool:
    spans = taken or {}
    groups = []
    for bay in dict.fromkeys(bays):
        ours = [number for number, one in enumerate(bays) if one == bay]
        groups.append(BayGroup(bay, frozenset(map(evse, ours)), tuple(spans[one] for one in ours if one in spans)))
    return Pool(len(bays), tuple(spans.values()), promised, groups=tuple(groups))


def wish(window: Span, need: BayNeed, flexible: timedelta = timedelta()) -> SlotRequest:
    owner = OperatorId(UUID(int=1)), SiteId(UUID(int=2))
    return SlotRequest(*owner, "T2", DriverId(UUID(int=3)), TokenUid("T"), window, flexible, need=need)


def promise(pool: Pool, window: Span, need: BayNeed, flexible: timedelta = timedelta(), at: datetime = NOON) -> Pool:
    number = len(pool.promised) + 1
    changed = book_slot(wish(window, need, flexible), BookingId(UUID(int=number)), number, pool, at)
    after = {one.id: one for one in (*pool.promised, *changed)}
    return replace(pool, promised=tuple(after.values()))


def booking(number: int, window: Span, need: BayNeed) -> Booking:
    owner = OperatorId(UUID(int=1)), SiteId(UUID(int=2))
    ids = BookingId(UUID(int=number + 1)), *owner, "T2", DriverId(UUID(int=3)), TokenUid("T")
    return Booking(*ids, window, number, 0, NOON, Confirmed(), need=need)


def can_all_be_kept(bays: list[BayTraits], stays: list[tuple[Span, BayNeed]], taken: dict[int, Span] | list[tuple[int, Span]]) -> bool:
    """The referee: every way to give each stay a bay is tried."""
    there = list(taken.items()) if isinstance(taken, dict) else taken
    choices = [[number for number, bay in enumerate(bays) if need.met_by(bay)] for _, need in stays]
    for homes in product(*choices):
        lying = [(home, span) for home, (span, _) in zip(homes, stays, strict=True)] + there
        if all(a[0] != b[0] or not a[1].overlaps(b[1]) for n, a in enumerate(lying) for b in lying[:n]):
            return True
    return False


windows = st.tuples(st.integers(0, 5), st.integers(1, 4)).map(lambda one: hours(one[0], one[0] + one[1]))
sites = st.lists(st.sampled_from(BAYS), min_size=1, max_size=4)
cars = st.dictionaries(st.integers(0, 3), st.integers(1, 5).map(lambda until: hours(0, until)), max_size=2)  # there now, until then


@given(sites, st.lists(st.tuples(windows, st.sampled_from(NEEDS)), max_size=6), cars)
def test_a_slot_is_promised_exactly_if_every_booking_can_still_be_served(
    bays: list[BayTraits], asked: list[tuple[Span, BayNeed]], taken: dict[int, Span]
) -> None:
    taken = {number: span for number, span in taken.items() if number < len(bays)}
    pool, kept = pool_of(bays, taken=taken), list[tuple[Span, BayNeed]]()
    for one in asked:
        possible = can_all_be_kept(bays, [*kept, one], taken)
        assert (free_sockets(pool, *one) > 0) == possible
        try:
            pool = promise(pool, *one)
        except Conflict:
            assert not possible
        else:
            assert possible
            kept.append(one)


@pytest.mark.parametrize(("bays", "need"), [([PLAIN, ACCESSIBLE], WHEELCHAIR), ([PLAIN], ANY_BAY)])
@pytest.mark.parametrize("what", ["closed", "promised", "taken"])
def test_a_stay_and_its_expected_overstay_do_not_overlap_other_bookings_or_closures(bays, need, what) -> None:
    there = hours(3, 4)
    promised = (booking(1, there, need),) if what == "promised" else ()
    pool = pool_of(bays, promised, {len(bays) - 1: there} if what == "taken" else {})
    pool = replace(pool, closed=(there,)) if what == "closed" else pool
    for buffer, start in ((0.5, 1), (1, 0.5), (1.5, 0), (1.75, 4)):
        found = place(pool, PlacementRequest(hours(1, 2.5), hours(0, 6), HOUR * buffer, need), NOON)
        assert found is not None and (found.window, found.moved) == (hours(start, start + 1.5), ())
    assert place(pool, PlacementRequest(hours(2, 3.5), hours(2, 3.5), need=need), NOON) is None


works = st.dictionaries(
    st.integers(0, 3), st.tuples(st.integers(1, 7), st.integers(1, 3)).map(lambda one: hours(one[0], sum(one))), max_size=3
)


def worked_at(bays: list[BayTraits], taken: dict[int, Span], worked: dict[int, Span]) -> tuple[Pool, list[tuple[int, Span]]]:
    """Cars that are there now, and maintenance that begins later, each at a bay of its own; and what takes which bay."""
    pins = {one: list(merged(span for there in (taken, worked) if (span := there.get(one)))) for one in range(len(bays))}
    groups = tuple(group_bays({evse(one): bay for one, bay in enumerate(bays)}, {evse(one): spans for one, spans in pins.items()}, NOON))
    spans = [(one, span) for one, its in pins.items() for span in its]
    return Pool(len(bays), tuple(span for _, span in spans), groups=groups), spans


@given(
    st.one_of(sites, st.lists(st.just(PLAIN), min_size=2, max_size=4)),
    st.lists(st.tuples(windows, st.sampled_from(NEEDS)), max_size=6),
    cars,
    works,
)
def test_with_later_maintenance_a_slot_is_promised_exactly_if_every_booking_can_be_served(
    bays: list[BayTraits], asked: list[tuple[Span, BayNeed]], taken: dict[int, Span], worked: dict[int, Span]
) -> None:
    (pool, pins), kept = worked_at(bays, taken, worked), list[tuple[Span, BayNeed]]()
    for one in asked:
        possible = can_all_be_kept(bays, [*kept, one], pins)
        assert (free_sockets(pool, *one) > 0) == possible
        with suppress(Conflict):
            pool = promise(pool, *one)
        kept = [(there.window, there.need) for there in pool.promised]
        assert (len(kept) == len(pool.promised)) and can_all_be_kept(bays, kept, pins)
        assert ((one in kept) or not possible) and all_fit(pool)


@given(st.lists(st.just(PLAIN), min_size=2, max_size=4), st.lists(windows, max_size=5), cars, works, st.integers(0, 3))
def test_with_later_maintenance_a_walk_in_takes_no_bay_from_a_booking(
    bays: list[BayTraits], asked: list[Span], taken: dict[int, Span], worked: dict[int, Span], chosen: int
) -> None:
    pool, pins = worked_at(bays, taken, worked)
    for window in asked:
        with suppress(Conflict):
            pool = promise(pool, window, ANY_BAY)
    number = chosen % len(bays)
    until = turn_end(pool, NOON, timedelta(), 4 * HOUR, None, evse(number)) if number not in taken else None
    if until is not None:
        gone = min([until, *(span.start for one, span in pins if one == number)])
        there = [(number, Span(NOON, gone))]
        assert can_all_be_kept(bays, [(one.window, one.need) for one in pool.promised], [*pins, *there])


def test_a_stay_that_would_need_a_change_of_bay_is_not_promised() -> None:
    """A car is at the first bay until two, maintenance at the second from two: one bay is free at any time, but none throughout."""
    pool, _ = worked_at([PLAIN, PLAIN], {0: hours(0, 2)}, {1: hours(2, 4)})
    assert [free_sockets(pool, hours(*one)) for one in ((1, 3), (1, 2), (2, 3), (5, 7))] == [0, 1, 1, 2]
    assert vacancies(pool, hours(0, 6), NOON) == (hours(0, 2), hours(2, 6))


@given(sites, st.lists(st.tuples(windows, st.sampled_from(NEEDS), st.sampled_from([0, 1, 2])), max_size=6))
@example(  # the first could only move to where the third needs the same bay
    [PLAIN, ACCESSIBLE], [(hours(2, 3), WHEELCHAIR, 1), (hours(2, 3), ANY_BAY, 0), (hours(3, 4), WHEELCHAIR, 0), (hours(2, 3), ANY_BAY, 0)]
)
def test_moved_bookings_still_have_a_bay_that_meets_their_need(bays: list[BayTraits], asked: list[tuple[Span, BayNeed, int]]) -> None:
    pool = pool_of(bays)
    for window, need, flexible in asked:
        try:
            pool = promise(pool, window, need, HOUR * flexible)
        except Conflict:
            continue
        assert can_all_be_kept(bays, [(one.window, one.need) for one in pool.promised], {})


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(1, 6), st.sampled_from(NEEDS)), max_size=40))
def test_the_layout_accepts_a_booking_exactly_if_all_bookings_fit_together(asked: list[tuple[int, int, BayNeed]]) -> None:
    pool = pool_of(BAYS * 2)
    layout = Layout(pool)
    for number, (start, length, need) in enumerate(asked):
        window = hours(start, start + length)
        more = replace(pool, promised=(*pool.promised, booking(number, window, need)))
        assert layout.fits(window, need) == all_fit(more)
        if all_fit(more):
            pool, layout = more, Layout(more)


@settings(max_examples=30, deadline=None)
@given(sites, st.lists(st.tuples(windows, st.sampled_from(NEEDS)), max_size=6), st.dictionaries(st.integers(0, 3), windows, max_size=2))
def test_the_calendar_shows_exactly_the_stays_that_can_be_promised(
    bays: list[BayTraits], asked: list[tuple[Span, BayNeed]], taken: dict[int, Span]
) -> None:
    pool = pool_of(bays, taken={number: span for number, span in taken.items() if number < len(bays)})
    for one in asked:
        with suppress(Conflict):
            pool = promise(pool, *one)
    shown = vacancies(pool, hours(0, 10), NOON)
    for start, end in combinations(range(11), 2):
        stay = hours(start, end)
        assert any(one.start <= stay.start and stay.end <= one.end for one in shown) == (free_sockets(pool, stay) > 0)
    assert all(one.start < other.start and one.end < other.end for one, other in pairwise(shown))


def test_the_accessible_bay_is_kept_for_a_driver_who_needs_it() -> None:
    """Each hour one stay needs the accessible bay, and two others would have to leave it: gaps for three bays, but no bay."""
    pool = promise(promise(pool_of([PLAIN, ACCESSIBLE]), hours(1, 2), WHEELCHAIR), hours(6, 7), WHEELCHAIR)
    pool = promise(pool, hours(1, 4), ANY_BAY)
    assert free_sockets(replace(pool, groups=()), hours(3, 7)) == 1
    assert free_sockets(pool, hours(3, 7)) == 0
    assert free_sockets(pool, hours(3, 6)) == 1


def test_a_refusal_suggests_start_times_that_meet_the_need() -> None:
    pool = promise(pool_of([PLAIN, ACCESSIBLE]), hours(2, 3), WHEELCHAIR)
    with pytest.raises(Conflict, match="meets your needs"):
        promise(pool, hours(2, 3), WHEELCHAIR)
    assert nearest_starts(pool, hours(2, 3), NOON, 1, WHEELCHAIR) == (NOON + HOUR,)
    assert place(pool, PlacementRequest(hours(2, 3), hours(0, 4), need=WHEELCHAIR), NOON) is not None


def test_a_driver_without_special_needs_gets_the_bay_that_costs_others_least() -> None:
    pool = promise(pool_of([ACCESSIBLE, PLAIN]), hours(2, 3), WHEELCHAIR)
    scarce, plain = cost_to_others(pool, hours(1, 4), evse(0)), cost_to_others(pool, hours(1, 4), evse(1))
    assert scarce[0] and not plain[0]
    assert min((cost_to_others(pool_of([ACCESSIBLE, PLAIN]), hours(1, 4), evse(one))[1], one) for one in (0, 1))[1] == 1


def test_a_walk_in_at_the_accessible_bay_leaves_in_time_for_the_booking_that_needs_it() -> None:
    pool = promise(pool_of([ACCESSIBLE, PLAIN]), hours(2, 3), WHEELCHAIR)
    assert turn_end(pool, NOON, HOUR, 4 * HOUR, evse_id=evse(0)) == NOON + 2 * HOUR
    assert turn_end(pool, NOON, HOUR, 4 * HOUR, evse_id=evse(1)) == NOON + 4 * HOUR


def test_if_the_accessible_bay_fails_its_booking_is_moved_within_its_promise_or_lost() -> None:
    pool = promise(pool_of([ACCESSIBLE, PLAIN]), hours(3, 4), WHEELCHAIR, 2 * HOUR)
    after = replace(pool_of([ACCESSIBLE, PLAIN], taken={0: hours(2, 5)}), promised=pool.promised)
    ((moved, window),) = reassign_bookings(after, NOON).moved
    assert (moved.need, window) == (WHEELCHAIR, hours(5, 6)) or window.end <= NOON + 2 * HOUR
    gone = replace(pool_of([PLAIN, PLAIN]), promised=pool.promised)
    assert [one.need for one in reassign_bookings(gone, NOON).lost] == [WHEELCHAIR]


def test_a_booking_already_at_a_bay_keeps_it() -> None:
    pool = promise(pool_of([ACCESSIBLE, PLAIN]), hours(0, 4), ANY_BAY)
    (booking,) = pool.promised
    there = replace(pool, promised=(replace(booking, state=Bound(evse(0), NOON)),))
    assert free_sockets(pool, hours(1, 2), WHEELCHAIR) == 1
    assert free_sockets(there, hours(1, 2), WHEELCHAIR) == 0


def test_an_overbooked_site_still_promises_bays_that_no_booking_needs() -> None:
    """Both plain bays failed under two bookings: the accessible bay is promised only to a driver who needs it."""
    full = promise(promise(pool_of([PLAIN, PLAIN, ACCESSIBLE]), hours(0, 4), ANY_BAY), hours(1, 4), ANY_BAY)
    broken = replace(pool_of([PLAIN, PLAIN, ACCESSIBLE], taken={0: hours(0, 3), 1: hours(0, 3), 2: hours(0, 1)}), promised=full.promised)
    assert free_sockets(broken, hours(2, 4), ANY_BAY) == 0
    assert free_sockets(broken, hours(4, 5), WHEELCHAIR) == 1
