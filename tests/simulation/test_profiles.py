"""The limit that results from several charging profiles."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.simulation.charger.profiles import Profile, ProfileRefused, ProfileStore, Purpose, parse_profile

T0 = 1_567_684_800.0  # 2019-09-05T12:00:00Z


def profile(number, limit, purpose=Purpose.TRANSACTION, stack=0, **more):
    periods = more.pop("periods", ((0.0, limit),))
    return Profile(number, stack, purpose, more.pop("kind", "Relative"), periods, **more)


def limit(store, at=T0, evse=1):
    return store.limit_at(evse, at, T0, 208.0).limit_a


def test_a_transaction_profile_takes_precedence_over_the_default():
    store = ProfileStore()
    store.install(0, profile(1, 10, Purpose.DEFAULT, stack=5))
    assert limit(store) == 10
    store.install(1, profile(2, 20))
    assert limit(store) == 20
    store.end_transaction(1)
    assert limit(store) == 10


def test_a_sockets_own_default_takes_precedence_over_the_chargers():
    store = ProfileStore()
    store.install(0, profile(1, 10, Purpose.DEFAULT))
    store.install(1, profile(2, 12, Purpose.DEFAULT))
    assert limit(store) == 12 and limit(store, evse=2) == 10


def test_the_highest_stack_level_valid_at_that_time_applies():
    store = ProfileStore()
    store.install(1, profile(1, 8))
    store.install(1, profile(2, 16, stack=1, duration_s=600.0))
    assert limit(store) == 16 and limit(store, T0 + 600) == 8
    assert store.limit_at(1, T0, T0, 208.0).until == T0 + 600


def test_the_charger_maximum_caps_everything_and_is_shared_by_its_sockets():
    store = ProfileStore()
    store.install(0, profile(1, 24, Purpose.CHARGER_MAX, kind="Absolute", start=T0))
    store.install(1, profile(2, 32))
    assert limit(store) == 24
    assert store.limit_at(1, T0, T0, 208.0, sharing=2).limit_a == 12


def test_watts_are_converted_to_amps_at_the_voltage_of_the_socket():
    store = ProfileStore()
    store.install(1, profile(1, 2080.0, unit="W"))
    assert limit(store) == 10


def test_without_profiles_there_is_no_limit():
    assert ProfileStore().limit_at(1, T0, T0, 208.0).limit_a is None


def test_an_absolute_schedule_applies_from_its_start():
    store = ProfileStore()
    store.install(1, profile(1, 0, kind="Absolute", start=T0 + 100, periods=((0.0, 6.0), (50.0, 9.0))))
    assert [limit(store, T0 + s) for s in (0, 100, 149, 150)] == [None, 6, 6, 9]


def test_a_daily_schedule_repeats():
    store = ProfileStore()
    store.install(
        0, profile(1, 0, Purpose.DEFAULT, kind="Recurring", recurrency_s=86_400.0, start=T0, periods=((0.0, 6.0), (3600.0, 32.0)))
    )
    assert [limit(store, T0 + 86_400 * 3 + s) for s in (0, 3599, 3600)] == [6, 6, 32]


def test_a_profile_with_the_same_id_replaces_the_earlier_one():
    store = ProfileStore(strict=True)
    store.install(1, profile(1, 8))
    store.install(1, profile(1, 20))
    assert limit(store) == 20 and len(store) == 1


def test_2_0_1_refuses_a_second_profile_of_the_same_purpose_and_stack_level_where_1_6_replaces():
    strict, old = ProfileStore(strict=True), ProfileStore()
    for store in (strict, old):
        store.install(1, profile(1, 8))
    with pytest.raises(ProfileRefused):
        strict.install(1, profile(2, 20))
    old.install(1, profile(2, 20))
    assert limit(strict) == 8 and limit(old) == 20 and len(old) == 1


@pytest.mark.parametrize(
    ("evse", "wrong"),
    [
        (1, profile(1, 8, stack=9)),
        (1, profile(1, 8, periods=tuple((float(i), 8.0) for i in range(25)))),
        (1, profile(1, 8, Purpose.CHARGER_MAX)),
        (0, profile(1, 8, Purpose.TRANSACTION)),
    ],
)
def test_an_unsupported_profile_is_refused(evse, wrong):
    with pytest.raises(ProfileRefused):
        ProfileStore().install(evse, wrong)


def test_clearing_removes_only_profiles_that_match_all_criteria():
    store = ProfileStore()
    store.install(1, profile(1, 8))
    store.install(1, profile(2, 9, Purpose.DEFAULT))
    assert store.clear(purpose=Purpose.DEFAULT, stack=3) == 0
    assert store.clear(number=1) == 1 and limit(store) == 9
    assert store.clear() == 1 and limit(store) is None


def test_both_protocols_parse_to_the_same_profile():
    schedule = {
        "chargingRateUnit": "A",
        "startSchedule": "2019-09-05T12:00:00Z",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
    }
    common = {"stackLevel": 1, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Absolute"}
    old = parse_profile({"chargingProfileId": 7, "transactionId": 42, **common}, schedule)
    new = parse_profile({"id": 7, "transactionId": "42", **common}, schedule)
    assert old == new and old.start == T0 and old.limit(T0, None) == 16


def test_periods_must_ascend_from_zero():
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 5, "limit": 16}]}
    raw = {"id": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative"}
    with pytest.raises(ProfileRefused):
        parse_profile(raw, schedule)


@given(limits=st.lists(st.tuples(st.sampled_from(Purpose), st.integers(0, 8), st.integers(0, 40)), max_size=12), at=st.floats(0, 5000))
def test_the_limit_stays_constant_until_its_stated_end(limits, at):
    store = ProfileStore(max_profiles=50)
    for n, (purpose, stack, amps) in enumerate(limits):
        store.install(1 if purpose is Purpose.TRANSACTION else 0, profile(n, amps, purpose, stack, duration_s=float(n * 400 + 1)))
    limit = store.limit_at(1, T0 + at, T0, 208.0)
    middle = T0 + at + 1000 if math.isinf(limit.until) else (T0 + at + limit.until) / 2
    assert store.limit_at(1, middle, T0, 208.0).limit_a == limit.limit_a
