"""Which readings confirm a limit, whatever the charger does meanwhile: no socket is counted at less than it may draw."""

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import accumulate
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt.flows.ports import Grant
from forecourt.flows.power.limit_ends import CLOCK_TOLERANCE, with_acceptance, with_end, without_ended_limit
from forecourt.flows.power.proof import is_answer_to_last, judge_reading, with_answer, with_order, with_refusal_or_silence
from forecourt.kernel import EvseId, OperatorId, SiteId
from forecourt.stations import MeterSample, Obedience

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MAX_A, FALLBACK_A = 32, 8
CLOCK_S = int(CLOCK_TOLERANCE.total_seconds())


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def known(limit_a: int, prompt: bool = True, obeys: Obedience = Obedience.OBEYS) -> Grant:
    """A socket that has obeyed this limit for a long time."""
    new = Grant(EvseId(UUID(int=1)), OperatorId(UUID(int=2)), SiteId(UUID(int=3)), prompt=prompt, obeys=obeys)
    held = replace(new, counted_a=limit_a, sent_a=limit_a, sent_at=at(-900), confirmed_a=limit_a, confirmed_at=at(-899))
    return replace(held, verified=True)


def apply_order_result(grant: Grant, second: float, amps: int) -> Grant:
    """Told, and accepted a second later."""
    return with_answer(with_order(grant, amps, at(second)), amps, at(second + 1))


def read(grant: Grant, second: float, amps: float, before_a: float) -> Grant:
    return judge_reading(grant, MeterSample(at(second), 1000, current_ma=round(amps * 1000)), round(before_a * 1000), MAX_A)


def test_steady_charging_below_a_new_limit_confirms_it_at_once() -> None:
    assert read(apply_order_result(known(32), 0, 16), 3, amps=16, before_a=16).counted_a == 16


def test_charging_slightly_above_a_new_limit_confirms_it_after_half_a_minute() -> None:
    """6.4 A at a limit of 7 A, then of 6 A: within the tolerance of the meter, but no change was seen."""
    lowered = apply_order_result(known(7), 0, 6)
    assert [read(lowered, second, amps=6.4, before_a=6.4).counted_a for second in (3, 31)] == [7, 6]


def test_a_car_that_draws_nothing_confirms_a_new_limit_after_half_a_minute() -> None:
    lowered = apply_order_result(known(32), 0, 16)
    assert [read(lowered, second, amps=0, before_a=0).counted_a for second in (3, 30, 31)] == [32, 32, 16]


def test_a_car_whose_current_is_rising_does_not_confirm_a_new_limit() -> None:
    assert read(apply_order_result(known(32), 0, 16), 3, amps=12, before_a=6).counted_a == 32


@pytest.mark.parametrize(("raised_for_s", "counted_a"), [(5, 32), (29, 32), (31, 6)])
def test_steady_charging_confirms_no_limit_while_an_earlier_raise_may_still_take_effect(raised_for_s: float, counted_a: int) -> None:
    """Limits of 32 A and soon after 6 A again: the reading may still show the earlier 6 A."""
    raised = read(apply_order_result(known(6), 0, 32), 3, amps=6, before_a=6)
    lowered = apply_order_result(raised, raised_for_s, 6)
    assert read(lowered, raised_for_s + 2, amps=6, before_a=6).counted_a == counted_a


def test_an_unanswered_raise_is_counted_as_it_may_still_take_effect() -> None:
    lowered = apply_order_result(with_order(known(6), 32, at(0)), 60, 6)
    assert [read(lowered, second, amps=6, before_a=6).counted_a for second in (63, 91)] == [32, 6]


def test_an_answer_to_an_earlier_order_with_equal_amps_is_not_taken_for_one_to_the_last() -> None:
    """Limits of 6, 32 and 6 A: the first is answered late, and the 32 A may still take effect."""
    first = replace(with_order(replace(known(16), plan=1), 6, at(0)), plan=2)
    third = with_order(replace(with_order(first, 32, at(1)), plan=3), 6, at(2))
    assert [is_answer_to_last(third, 6, plan) for plan in (1, 3)] == [False, True]
    again = with_order(replace(third, plan=4), 6, at(302))
    assert is_answer_to_last(again, 6, 3), "the same again, with nothing in between, is one order"


def test_after_two_lower_limits_an_earlier_raise_still_counts() -> None:
    lowered = apply_order_result(apply_order_result(apply_order_result(known(6), 0, 32), 5, 10), 10, 6)
    assert read(lowered, 12, amps=6, before_a=6).counted_a == 32


def test_a_falling_current_confirms_nothing_if_the_raise_before_was_not_really_in_effect() -> None:
    """Limits of 6, 32 and 10 A while it draws 20 A: it falls because of the 6 A, and may rise with the 32 A afterwards."""
    raised = read(apply_order_result(apply_order_result(known(32), 0, 6), 3, 32), 5, amps=20, before_a=20)
    lowered = apply_order_result(raised, 6, 10)
    assert [read(lowered, 21, amps=6, before_a=20).counted_a, read(lowered, 37, amps=10, before_a=20).counted_a] == [32, 10]


def test_a_reading_above_every_earlier_limit_confirms_that_the_raise_took_effect() -> None:
    """So a current that falls afterwards has fallen because of the last order."""
    lowered = apply_order_result(apply_order_result(known(6), 0, 32), 5, 6)
    assert read(lowered, 9, amps=6, before_a=6).counted_a == 32
    assert read(read(lowered, 7, amps=20, before_a=6), 9, amps=6, before_a=20).counted_a == 6


def test_a_falling_current_confirms_nothing_if_the_earlier_limit_may_have_expired() -> None:
    """A limit of 16 A expires, is renewed and lowered to 10 A. The 8 A read are the fallback; the renewal may still take effect."""
    held = replace(known(16, prompt=False), ends_at=at(300), sent_until=at(300), lapses_from=at(0))
    renewed = with_acceptance(with_end(with_order(held, 16, at(0)), held, at(3600), at(0)), 16, at(3600), at(1))
    ordered = with_end(with_order(renewed, 10, at(60)), renewed, at(3600), at(60))
    lowered = with_acceptance(ordered, 10, at(3600), at(61))
    assert [read(lowered, second, amps=8, before_a=16).counted_a for second in (70, 240, 241)] == [16, 16, 10]


class Fate(Enum):
    """What becomes of an order."""

    ACCEPTED = "it is obeyed"
    REFUSED = "it is not"
    UNANSWERED = "it is obeyed, but its answer is lost"
    LOST = "nobody has it"


@dataclass
class Play:
    """A charger that obeys what it takes of its orders one after another, each within its time; a car that sleeps, wakes once, and slows
    down."""

    grant: Grant
    slowest_s: int
    offers: list[tuple[int, int, float]]  # (from second, amps, until second: then its fallback)
    wakes: int
    slows: int
    wants_a: tuple[int, int]
    before_a: float | None = None
    answers: list[tuple[int, int, int, Fate, int | None]] = field(
        default_factory=list
    )  # (second, amps, number of the order, what became of it, end)
    clock_s: int = 0

    def draws_a(self, second: int) -> int:
        offer = next(amps if second < until else FALLBACK_A for since, amps, until in reversed(self.offers) if since <= second)
        wants = 0 if second < self.wakes else self.wants_a[second >= self.slows]
        return min(offer, wants) if offer >= 6 else 0

    def order(self, second: int, amps: int, obeys_in: int, answers_in: int, fate: Fate, lasts_s: int | None = None) -> None:
        arrives = max([second, *(one for one, *_ in self.answers)])
        before = without_ended_limit(self.grant, FALLBACK_A, at(second))
        number, until = before.plan + 1, None if lasts_s is None else second + lasts_s
        ordered = with_order(replace(before, plan=number), amps, at(second))
        self.grant = with_end(ordered, before, None if until is None else at(until), at(second))
        if fate in (Fate.ACCEPTED, Fate.UNANSWERED):
            ends = math.inf if until is None else until + self.clock_s
            self.offers.append((max(self.offers[-1][0], arrives + min(obeys_in, self.slowest_s)), amps, ends))
        self.answers.append((arrives + answers_in, amps, number, fate, until))

    def tick(self, second: int) -> None:
        for one in [one for one in self.answers if one[0] <= second]:
            self.answers.remove(one)
            due, amps, number, fate, until = one
            if fate is not Fate.ACCEPTED:
                self.grant = with_refusal_or_silence(self.grant, amps, number, MAX_A, fate is Fate.REFUSED)
            elif is_answer_to_last(self.grant, amps, number):
                self.grant = with_acceptance(self.grant, amps, None if until is None else at(until), at(due))

    def read(self, second: int) -> None:
        amps = self.draws_a(second)
        before_ma = None if self.before_a is None else round(1000 * self.before_a)
        self.grant = judge_reading(self.grant, MeterSample(at(second), 1000, current_ma=1000 * amps), before_ma, MAX_A)
        self.before_a = amps


PILOTS = st.sampled_from((0, 6, 8, 10, 16, 24, 32))
ORDERS = st.tuples(st.sampled_from((1, 2, 5, 12, 35, 190)), PILOTS, st.integers(0, 180), st.integers(0, 90), st.sampled_from(Fate))
READINGS = st.sampled_from((1, 2, 3, 5, 11, 32))


@pytest.mark.parametrize(("obeys", "prompt", "slowest_s"), [(Obedience.OBEYS, True, 30), (Obedience.LATE, False, 180)])
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    limit_a=PILOTS,
    orders=st.lists(ORDERS, min_size=1, max_size=6),
    readings=st.lists(READINGS, min_size=1, max_size=40),
    wakes=st.integers(-100, 100),
    slows=st.integers(-100, 200),
    wants=st.tuples(st.integers(6, 32), st.integers(6, 32)),
)
def test_no_socket_is_counted_at_less_than_it_draws(obeys, prompt, slowest_s, limit_a, orders, readings, wakes, slows, wants) -> None:
    car = (max(wants), min(wants))
    play = Play(known(limit_a, prompt, obeys), slowest_s, [(-900, limit_a, math.inf)], wakes, slows, car)
    play_day(play, orders, readings)


def play_day(play: Play, orders: list[tuple[int, ...]], readings: list[int]) -> None:
    """Orders and readings, each so many seconds after the one before; what is counted is compared with what is drawn each second."""
    ordered_at = dict(zip(accumulate(gap for gap, *_ in orders), (order for _, *order in orders), strict=True))
    read_at = set(accumulate(readings))
    for second in range(max(*ordered_at, *read_at) + 181):
        play.tick(second)
        if second in ordered_at:
            play.order(second, *ordered_at[second])
        if second in read_at:
            play.read(second)
        assert play.grant.counted_a >= play.draws_a(second), f"second {second}: {play}"


LASTS = st.sampled_from((60, 240, 330, 420, 600, 3600))
GAPS, FATES = st.integers(1, 190), st.sampled_from((*[Fate.ACCEPTED] * 6, *Fate))
ENDING_ORDERS = st.tuples(GAPS, PILOTS, st.integers(0, 180), st.integers(0, 20), FATES, LASTS).map(
    lambda one: one if one[1] > FALLBACK_A else (*one[:-1], 3600)
)


@pytest.mark.parametrize(("obeys", "prompt", "slowest_s"), [(Obedience.OBEYS, True, 30), (Obedience.LATE, False, 180)])
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    limit_a=st.sampled_from((10, 16, 24, 32)),
    lasts_s=st.integers(-60, 200),
    clock_s=st.integers(-60, 60),
    renewal=ENDING_ORDERS,
    orders=st.lists(ENDING_ORDERS, min_size=1, max_size=4),
    readings=st.lists(st.integers(1, 20), min_size=20, max_size=20),
)
def test_no_socket_is_counted_at_less_than_it_draws_when_limits_expire(
    obeys, prompt, slowest_s, limit_a, lasts_s, clock_s, renewal, orders, readings
) -> None:
    """Each limit expires by an inaccurate clock; then the fallback applies, which is below each of these limits."""
    ends = {"ends_at": at(lasts_s), "sent_until": at(lasts_s), "lapses_from": at(lasts_s - CLOCK_S)}
    offer = (-900, limit_a, lasts_s + clock_s)
    play = Play(replace(known(limit_a, prompt, obeys), **ends), slowest_s, [offer], 0, 0, (32, 32), clock_s=clock_s)
    play_day(play, [[renewal[0], limit_a, *renewal[2:]], *orders], readings)
