"""Active sites are planned first, the one waiting longest before the others; inactive ones at intervals."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.conftest import at
from forecourt.jobs.site_rotation import REVISIT_AFTER, SiteRotation
from forecourt.kernel import SiteId

SITES = [SiteId(UUID(int=number)) for number in range(200)]
A, B, C = SITES[:3]


def test_the_site_planned_longest_ago_comes_first() -> None:
    turns = SiteRotation()
    for site, minute in ((A, 2), (B, 1), (C, 3)):
        turns.mark_planned(site, at(minute))
    assert turns.order([A, B, C], {A, B, C}, at(4)) == [B, A, C]


def test_an_inactive_site_is_skipped_until_its_revisit_interval_has_passed() -> None:
    turns = SiteRotation()
    for site in (A, B):
        turns.mark_planned(site, at(0))
    assert turns.order([A, B], {B}, at(4)) == [B]
    assert turns.order([A, B], {B}, at(0) + REVISIT_AFTER) == [B, A]


@settings(max_examples=30)
@given(st.sets(st.sampled_from(SITES)))
def test_every_active_site_is_planned_in_each_round_and_inactive_ones_within_the_interval(active: set[SiteId]) -> None:
    """A round every five seconds: all sites are planned within the interval, not all at once."""
    turns, seen = SiteRotation(), set()
    for look in range(60):
        now = at(look / 12)
        order = turns.order(SITES, active, now)
        assert set(order[: len(active)]) == active and len(order) <= len(active) + 25
        for site in order:
            turns.mark_planned(site, now)
        seen.update(order)
    assert seen == set(SITES)


def test_the_longest_wait_counts_active_sites_only() -> None:
    turns = SiteRotation()
    turns.order([A, B, C], {A, B}, at(0))
    turns.mark_planned(A, at(1))
    assert turns.waits_s(at(2)) == 120
    turns.order([A, B, C], {A}, at(2))
    assert turns.waits_s(at(2)) == 60
    turns.order([A, B, C], set(), at(2))
    assert turns.waits_s(at(9)) == 0


def test_a_clock_set_back_delays_no_site() -> None:
    turns = SiteRotation()
    turns.mark_planned(A, at(60))
    assert turns.order([A], set(), at(0)) == [A]
