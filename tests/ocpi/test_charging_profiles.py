"""Charging profiles of partners: accepted ones are ordered, bounded and finite; others are refused with the reason."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.ocpi import RateUnit, active_profile, limits_from, profile_result, read_profile, read_url
from forecourt.ocpi.charging_profiles import MAX_PERIODS, ProfileResult

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def body(periods: Any, **fields: Any) -> dict[str, Any]:
    profile = {"charging_rate_unit": "A", "charging_profile_period": periods} | fields
    return {"charging_profile": profile, "response_url": "https://emsp.example/r/1"}


def period(start: Any, limit: Any) -> dict[str, Any]:
    return {"start_period": start, "limit": limit}


floats = st.floats(allow_nan=False, allow_infinity=False)  # JSON has neither
numbers = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | floats | st.text(max_size=3) | st.integers(0, 4000) | st.just(0)
listed = st.lists(st.builds(period, numbers, numbers) | numbers, max_size=5) | numbers
fields = st.fixed_dictionaries(
    {},
    optional={
        "duration": numbers,
        "charging_rate_unit": st.sampled_from(["A", "W", "a", "kW", 1, None]),
        "min_charging_rate": numbers,
        "start_date_time": st.sampled_from(["2026-06-01T11:00:00Z", "2026-02-30T11:00:00Z", "9999-12-31T23:59:59Z", "", "now", 5]),
    },
)


@given(listed, fields, numbers)
def test_an_accepted_profile_is_ordered_and_bounded(periods: Any, more: dict[str, Any], rate: Any) -> None:
    try:
        profile = read_profile(body(periods, **more)).charging_profile
        limits = limits_from(profile, NOON - timedelta(hours=1), 690.0, NOON)
    except BadInput:
        return
    assert all(later > sooner for (sooner, _), (later, _) in itertools.pairwise(limits))
    assert all(watts is None or 0 <= watts <= 10_000_000 * 690 for _, watts in limits)
    assert (limits[-1][1] is None) == (profile.duration is not None)


@given(st.recursive(numbers, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=3), one, max_size=3), max_leaves=5))
def test_anything_but_a_charging_profile_is_refused(given: object) -> None:
    with pytest.raises(BadInput):
        read_profile(given)


@pytest.mark.parametrize(
    ("periods", "more"),
    [
        ([], {}),
        ([period(60, 8)], {}),  # of the first minute nothing is said
        ([period(0, 8), period(0, 6)], {}),
        ([period(0, 8), period(600, 6), period(300, 16)], {}),
        ([period(0, -1)], {}),
        ([period(0, 1e300)], {}),
        ([period(0, "8")], {}),
        ([period(-1, 8)], {}),
        ([period(0.5, 8)], {}),
        ([period(0, 8), period(3600, 6)], {"duration": 3600}),
        ([period(0, 8)], {"duration": 0}),
        ([period(n, 8) for n in range(MAX_PERIODS + 1)], {}),
        ([period(0, 8)], {"charging_rate_unit": "kW"}),
    ],
)
def test_an_implausible_profile_is_refused(periods: Any, more: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        read_profile(body(periods, **more))


@pytest.mark.parametrize("start", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z"])
def test_an_implausible_profile_start_is_refused(start: str) -> None:
    profile = read_profile(body([period(0, 8)], start_date_time=start)).charging_profile
    with pytest.raises(BadInput, match="start_date_time"):
        limits_from(profile, NOON, 230.0, NOON)


def test_amps_count_per_phase_watts_in_total_and_both_are_rounded_down() -> None:
    amps = read_profile(body([period(0, 8), period(600, 8.1), period(900, 16)], duration=1200)).charging_profile
    assert [watts for _, watts in limits_from(amps, NOON, 690.0, NOON)] == [5520, 5589, 11_040, None]
    watts = read_profile(body([period(0, 3699.9)], charging_rate_unit="W")).charging_profile
    assert limits_from(watts, NOON, 690.0, NOON) == [(NOON, 3699)]


def test_a_profile_without_a_start_begins_with_the_charge() -> None:
    began = NOON - timedelta(hours=2)
    profile = read_profile(body([period(0, 8), period(60, 6)])).charging_profile
    assert [at for at, _ in limits_from(profile, began, 230.0, NOON)] == [began, began + timedelta(minutes=1)]


def test_an_active_profile_is_written_as_it_is_read() -> None:
    told = json.loads(profile_result(ProfileResult.ACCEPTED, active_profile(NOON, 900, RateUnit.A, [(0, 16.0), (300, 8.1)])))
    assert told["result"] == "ACCEPTED" and told["profile"]["start_date_time"] == "2026-06-01T12:00:00Z"
    again = read_profile({"charging_profile": told["profile"]["charging_profile"], "response_url": "https://x.example"})
    assert [(one.start_period, one.limit) for one in again.charging_profile.charging_profile_period] == [(0, 16.0), (300, 8.1)]
    assert json.loads(profile_result(ProfileResult.UNKNOWN)) == {"result": "UNKNOWN"}


@pytest.mark.parametrize("url", ["", "ftp://x.example", "https://x.example/\n", "https://x.example/" + "a" * 255])
def test_an_invalid_response_url_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="response_url"):
        read_url(url)
