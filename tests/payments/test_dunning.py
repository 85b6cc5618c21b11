"""Dunning: levels, days, fees, and when a debt blocks."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, DocumentId, Money
from forecourt.ledger import Posting, receivable, revenue
from forecourt.payments import (
    CREDITED,
    DunningCase,
    DunningLevel,
    DunningRules,
    close_case,
    debt_status_of,
    fee_waiver,
    next_dunning_step,
    reopen_case,
)
from money_world import CARD_DRIVER, NOON, OPERATOR

DAY = timedelta(days=1)
FIVE = Money(500, "EUR")
RULES = DunningRules((DunningLevel(0), DunningLevel(7, FIVE), DunningLevel(14, FIVE)), retry_days=(3, 10), blocks_from=3)


def case(**changes: object) -> DunningCase:
    opened = DunningCase(DocumentId(UUID(int=9)), OPERATOR, CARD_DRIVER, "INV-2026-000001", Money(1000, "EUR"), NOON)
    return replace(opened, **changes)  # type: ignore[arg-type]


def walked(rules: DunningRules, days: list[int]) -> list[DunningCase]:
    """The case after a step on each of the days."""
    steps, now = [], case()
    for day in days:
        now = next_dunning_step(now, rules, NOON + day * DAY).case
        steps.append(now)
    return steps


def test_each_dunning_level_comes_on_its_day_with_its_fee_and_the_last_one_blocks() -> None:
    steps = walked(RULES, list(range(16)))
    assert [one.level for one in steps] == [1] * 7 + [2] * 7 + [3] * 2
    assert [one.blocks for one in steps] == [False] * 14 + [True] * 2
    assert steps[-1].owed == Money(2000, "EUR") and steps[-1].next_at is None


def test_a_driver_has_the_full_days_between_two_levels_after_a_gap_of_the_job() -> None:
    steps = walked(RULES, [30, 31, 36, 37, 43, 44])
    assert [one.level for one in steps] == [1, 1, 1, 2, 2, 3]


def test_after_a_returned_payment_the_days_to_the_next_level_start_again() -> None:
    reminded = next_dunning_step(case(), RULES, NOON).case
    back = reopen_case(close_case(reminded, "paid", NOON), reminded.amount, NOON + timedelta(days=60), RULES)
    assert (
        next_dunning_step(back, RULES, back.since).txn is None
        and next_dunning_step(back, RULES, back.since + timedelta(days=6)).case.level == 1
    )
    assert next_dunning_step(back, RULES, back.since + timedelta(days=7)).case.level == 2


def test_a_case_that_blocked_before_its_payment_blocks_again_when_that_is_returned() -> None:
    """There may be no later reminder that could block it."""
    for reminded, owed in zip(walked(RULES, [0, 7, 14]), (1000, 1500, 2000), strict=True):
        back = reopen_case(close_case(reminded, "paid", NOON + 20 * DAY), Money(owed, "EUR"), NOON + 60 * DAY, RULES)
        assert back.blocks == debt_status_of([], [back]).blocked == reminded.blocks == (back.level == 3)
        assert (back.owed, back.reclaimed_sum) == (Money(owed, "EUR"), Money(0, "EUR"))


def test_several_missed_retry_days_cause_one_payment_retry() -> None:
    first = next_dunning_step(case(), RULES, NOON + 12 * DAY)
    assert first.retry and first.case.retries == 2
    assert not next_dunning_step(first.case, RULES, NOON + 13 * DAY).retry


def test_temporarily_shorter_retry_rules_do_not_repeat_a_retry() -> None:
    asked = next_dunning_step(case(), RULES, NOON + 12 * DAY).case
    meanwhile = next_dunning_step(asked, replace(RULES, retry_days=(3,)), NOON + 13 * DAY).case
    assert not next_dunning_step(meanwhile, RULES, NOON + 14 * DAY).retry


def test_reminders_and_retries_happen_at_the_first_moment_of_their_day() -> None:
    rules, instant = DunningRules((DunningLevel(5),), retry_days=(3, 10), blocks_from=1), timedelta(microseconds=1)
    early, late = (next_dunning_step(case(), rules, NOON + days * DAY - instant) for days in (3, 5))
    assert (early.retry, early.case.next_at) == (False, NOON + 3 * DAY)
    assert (late.case.level, late.case.next_at) == (0, NOON + 5 * DAY)
    assert next_dunning_step(case(), rules, NOON + 3 * DAY).retry and next_dunning_step(late.case, rules, NOON + 5 * DAY).case.level == 1


def test_the_shown_dunning_fee_equals_the_posted_fee() -> None:
    rules = replace(RULES, levels=(DunningLevel(0), DunningLevel(7, Money(0, "EUR")), DunningLevel(14, FIVE)))
    first, free, dear = (next_dunning_step(one, rules, NOON + 30 * DAY) for one in (case(), *walked(rules, [0, 7])))
    assert (first.txn, free.txn, free.case.owed) == (None, None, Money(1000, "EUR"))
    assert dear.txn is not None and dear.txn.postings == (Posting(revenue("dunning"), receivable(CARD_DRIVER), FIVE),)
    assert dear.case.fees == FIVE and dear.txn.key == f"dunning/{case().document_id}/3"
    assert [one.fee.minor for one in dear.case.notices] == [0, 0, 500]


def test_a_blocking_debt_keeps_blocking_when_the_rules_change_to_block_later() -> None:
    blocking = walked(replace(RULES, blocks_from=1), [0])[-1]
    assert blocking.blocks and next_dunning_step(blocking, replace(RULES, blocks_from=3), NOON + 7 * DAY).case.blocks


def test_a_debt_in_another_currency_bears_no_fee() -> None:
    dollars = case(amount=Money(1000, "USD"))
    for day in (0, 7, 14):
        reminded = next_dunning_step(dollars, RULES, NOON + day * DAY)
        dollars = reminded.case
        assert reminded.txn is None
    assert dollars.blocks and dollars.owed == Money(1000, "USD")


def test_a_closed_case_owes_nothing_blocks_nothing_and_is_not_reminded() -> None:
    paid = close_case(walked(RULES, [0, 7, 14])[-1], "paid", NOON + 15 * DAY)
    assert not paid.owed and not paid.blocks and next_dunning_step(paid, RULES, NOON + 99 * DAY).case == paid
    assert close_case(paid, "credited", NOON + 99 * DAY) == paid
    early = close_case(walked(RULES, [0])[-1], "paid", NOON + DAY)
    assert early.next_at is None and next_dunning_step(early, RULES, NOON + 99 * DAY).case == early


def test_waived_fees_are_reversed_once_and_not_owed_again() -> None:
    """Reversed with its document, then owed again: only later reminders cost a fee."""
    reminded = walked(RULES, [0, 7])[-1]
    first, gone = fee_waiver(reminded, NOON), close_case(reminded, CREDITED, NOON)
    assert first is not None and [one.amount for one in first.postings] == [FIVE]
    assert (gone.fees, gone.beside, fee_waiver(gone, NOON), fee_waiver(case(), NOON)) == (Money(0, "EUR"), Money(0, "EUR"), None, None)
    back = reopen_case(gone, Money(700, "EUR"), NOON + 60 * DAY, RULES)
    assert (back.amount, back.owed, back.level) == (Money(700, "EUR"), Money(700, "EUR"), 2)
    again = fee_waiver(next_dunning_step(back, RULES, NOON + 70 * DAY).case, NOON)
    assert again is not None and [one.amount for one in again.postings] == [FIVE] and again.key != first.key


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"levels": (DunningLevel(0, FIVE),), "blocks_from": 1}, "dunning_first_fee"),
        ({"levels": (DunningLevel(7), DunningLevel(7)), "blocks_from": 1}, "dunning_order"),
        ({"levels": (), "blocks_from": 1}, "dunning_levels"),
        ({"blocks_from": 4}, "dunning_block"),
        ({"retry_days": (7, 3)}, "dunning_retries"),
        ({"due_days": -1}, "dunning_due"),
        ({"due_days": 366}, "dunning_due"),
        ({"levels": (DunningLevel(0), DunningLevel(9), DunningLevel(8))}, "dunning_order"),
        ({"levels": tuple(map(DunningLevel, range(7)))}, "dunning_levels"),
        ({"retry_days": (3, 366)}, "dunning_retries"),
        ({"retry_days": (0, 3)}, "dunning_retries"),
        ({"retry_days": (3, 3)}, "dunning_retries"),
        ({"blocks_from": 0}, "dunning_block"),
    ],
)
def test_rules_that_are_unlawful_or_make_no_sense_are_refused(rules: dict[str, object], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        DunningRules(**rules)  # type: ignore[arg-type]
    assert refused.value.code == code


@pytest.mark.parametrize(("days", "fee", "code"), [(-1, None, "dunning_days"), (366, None, "dunning_days"), (1, -1, "dunning_fee")])
def test_a_dunning_level_with_an_invalid_day_or_fee_is_refused(days: int, fee: int | None, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        DunningLevel(days, None if fee is None else Money(fee, "EUR"))
    assert refused.value.code == code


def test_the_widest_allowed_dunning_rules_are_valid() -> None:
    levels = (*map(DunningLevel, range(5)), DunningLevel(365, Money(0, "EUR")))
    assert DunningRules(levels, retry_days=(1, 365), due_days=365, blocks_from=6) != DunningRules(levels[:1], (), due_days=0, blocks_from=1)


def test_the_debt_status_follows_the_dunning_case() -> None:
    first, *_, last = walked(RULES, list(range(15)))
    assert debt_status_of([], [first]).owed == Money(1000, "EUR") and not debt_status_of([], [first]).blocked
    assert debt_status_of([], [last]).blocked and not debt_status_of([], [close_case(last, "paid", NOON)]).blocked


@given(st.lists(st.integers(0, 90), min_size=1, max_size=30).map(sorted))
def test_dunning_levels_rise_one_at_a_time_however_often_the_job_runs(days: list[int]) -> None:
    levels = [0, *(one.level for one in walked(RULES, days))]
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(levels))
    assert walked(RULES, days)[-1].fees.minor == 500 * max(0, levels[-1] - 1)
