"""Pilots of different EVSEs in one array: lookups equal those of each EVSE."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planning import EvseLimits
from forecourt.planning.sockets import sockets

EVSES = st.builds(
    lambda most, least, coarse: EvseLimits("", most, least, allowed_a=tuple(range(coarse, 60, coarse)) if coarse else ()),
    st.integers(10, 40),
    st.integers(6, 10),
    st.sampled_from([0, 2, 8, 50]),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(EVSES, st.integers(0, 180).map(lambda quarters: quarters / 4)), max_size=6))
def test_pilot_lookups_for_mixed_evses_equal_those_of_each_evse(asked: list[tuple[EvseLimits, float]]) -> None:
    found, places = sockets([evse for evse, _ in asked]), np.arange(len(asked))
    amps = np.array([one for _, one in asked])
    pilots = [evse.pilots_a for evse, _ in asked]
    assert found.at_most(places, amps).tolist() == [max((p for p in has if p <= a), default=0) for has, a in zip(pilots, amps, strict=True)]
    assert found.at_least(places, np.maximum(amps, 0.25)).tolist() == [
        min((p for p in has if p >= max(a, 0.25)), default=max(has, default=0)) for has, a in zip(pilots, amps, strict=True)
    ]
    assert found.floor_a.tolist() == [min(has, default=0) for has in pilots]
