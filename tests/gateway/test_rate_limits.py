"""The rate limit of one charger."""

from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from forecourt.gateway.server.rate_limits import TokenBucket


@given(per_s=st.floats(0.5, 100), burst=st.integers(1, 50), pauses_s=st.lists(st.floats(0, 20), min_size=1, max_size=60))
def test_a_token_bucket_refills_over_time_up_to_its_burst(per_s: float, burst: int, pauses_s: list[float]) -> None:
    now, left = 100.0, float(burst)
    budget = TokenBucket(per_s, burst, now)
    for pause_s in pauses_s:
        now += pause_s
        left = min(burst, left + pause_s * per_s) - 1
        assert budget.take(now) == approx(max(0.0, -left / per_s), abs=1e-6)
