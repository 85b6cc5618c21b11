"""External limits at a charger: which source and socket counts, from when to when, and which are disregarded."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.stations import (
    MAX_EXTERNAL_LIMITS,
    DisregardedLimit,
    ExternalLimit,
    ExternalLimitStep,
    with_aside,
    with_outside,
    without_outside,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minute: float) -> datetime:
    return NOON + MINUTE * minute


def limit(minute: int, source: str = "EMS", evse: int = 1, until: int | None = None) -> ExternalLimit:
    """Told at a minute: 10 A from then on, or to an end."""
    ends = () if until is None else (ExternalLimitStep(at(until)),)
    return ExternalLimit(evse, source, at(minute), (ExternalLimitStep(at(minute), 10_000), *ends))


@pytest.mark.parametrize(("minute", "first"), [(-1, 0), (0, 0), (9.9, 0), (10, 1), (19.9, 1), (20, 2), (99, 2)])
def test_each_step_of_an_external_limit_applies_until_the_next(minute: float, first: int) -> None:
    steps = (ExternalLimitStep(at(0), 10_000), ExternalLimitStep(at(10), None, 5_000), ExternalLimitStep(at(20)))
    told = ExternalLimit(1, "SO", at(0), steps)
    assert told.steps_from(at(minute)) == steps[first:]
    assert told.over(at(minute)) is (minute >= 20)
    assert not ExternalLimit(1, "SO", at(0), ()).over(at(99)), "how much was not told: it holds until it is lifted"


KEYS = st.tuples(st.sampled_from(["EMS", "SO"]), st.integers(0, 2))


@settings(max_examples=150)
@given(st.lists(st.tuples(KEYS, st.sampled_from(["told", "told", "lifted", "aside"]), st.integers(1, 6)), max_size=8))
def test_the_latest_limit_of_each_source_and_socket_applies_until_lifted_ended_or_disregarded(said) -> None:
    """Compared with a table of the limit of each source and socket and its end."""
    known: tuple[ExternalLimit, ...] = ()
    aside: tuple[DisregardedLimit, ...] = ()
    table: dict[tuple[str, int], tuple[int, int]] = {}
    for minute, ((source, evse), what, lasts) in enumerate(said):
        if what == "aside":
            aside = with_aside(aside, [DisregardedLimit(evse, source, at(minute))])
            table |= {key: (since, minute) for key, (since, _) in table.items() if key == (source, evse)}
        elif what == "lifted":
            known = without_outside(known, source, evse)
            table = {key: times for key, times in table.items() if key[0] != source or (evse and key[1] != evse)}
        else:
            known = with_outside(known, limit(minute, source, evse, minute + lasts), aside)
            table = {key: times for key, times in table.items() if times[1] > minute} | {(source, evse): (minute, minute + lasts)}
    assert sorted((one.source, one.evse_number, one.reported_at) for one in known) == sorted((*key, at(n)) for key, (n, _) in table.items())


def test_a_disregarded_limit_applies_again_once_it_is_reported_anew() -> None:
    off = DisregardedLimit(1, "EMS", at(5))
    assert [off.covers(limit(minute)) for minute in (4, 5, 6)] == [True, True, False]
    assert not off.covers(limit(4, "SO")) and not off.covers(limit(4, evse=2))


def test_of_too_many_disregarded_limits_the_newest_are_remembered() -> None:
    off = [DisregardedLimit(n, "EMS", at(n)) for n in range(2 * MAX_EXTERNAL_LIMITS + 3)]
    assert with_aside(off[:10], [DisregardedLimit(0, "EMS", at(99)), *off[10:]]) == (*off[4:], DisregardedLimit(0, "EMS", at(99)))
