"""Many simultaneous starts are staggered."""

from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forecourt.flows.ports import Grant
from forecourt.flows.power.staggered_starts import APART, FEW, WITHIN, staggered
from forecourt.kernel import EvseId, OperatorId, SiteId


def grants(count: int, told_a: int = 0) -> dict[EvseId, Grant]:
    ids = [EvseId(UUID(int=number)) for number in range(1, count + 1)]
    return {one: Grant(one, OperatorId(UUID(int=0)), SiteId(UUID(int=0)), fallback_a=told_a) for one in ids}


def test_starts_at_a_few_sockets_are_not_staggered() -> None:
    known = grants(FEW)
    assert staggered(known, [(one, 16) for one in known]) == {}


@given(st.integers(FEW + 1, 200))
def test_starts_at_many_sockets_are_staggered_evenly_within_a_maximum_wait(count: int) -> None:
    known = grants(count)
    waits = list(staggered(known, [(one, 16) for one in known]).values())
    steps = {after - before for before, after in pairwise(waits)}
    assert (waits[0], len(waits), len(steps)) == (timedelta(), count, 1)
    assert max(steps) <= APART and max(waits) <= WITHIN


def test_only_starts_are_staggered_and_not_other_changes_of_limits() -> None:
    charging, beginning = grants(10, told_a=6), grants(20)
    later = {one: grant for one, grant in beginning.items() if one not in charging}
    allowed = [(one, 16) for one in charging] + [(one, 0) for one in list(later)[:5]] + [(one, 16) for one in list(later)[5:]]
    assert set(staggered({**later, **charging}, allowed)) == set(list(later)[5:])
