"""Time-based codes by the table of RFC 6238; each is valid once, and so is each recovery code."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.drivers import STEP_S, SecondFactor, code_at, recovery_digest, step_of

SECRET = b"12345678901234567890"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
STEP = int(NOON.timestamp()) // STEP_S
CODES = ("ABCD-EFGH-JKLM-NPQR", "2222-3333-4444-5555")
FACTOR = SecondFactor(UUID(int=1), "sealed", NOON, STEP - 5, tuple(recovery_digest(one) for one in CODES))


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(second: int, code: str) -> None:
    assert code_at(SECRET, second // STEP_S, digits=8) == code
    assert code_at(SECRET, second // STEP_S) == code[2:]


@pytest.mark.parametrize(("off", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(off: int, fits: bool) -> None:
    assert (step_of(SECRET, code_at(SECRET, STEP + off), NOON) == STEP + off) is fits


def test_a_code_invalidates_itself_and_older_ones() -> None:
    used = FACTOR.used(SECRET, code_at(SECRET, STEP), NOON)
    assert used is not None and used.last_step == STEP
    assert [used.used(SECRET, code_at(SECRET, STEP + off), NOON) is not None for off in (-1, 0, 1)] == [False, False, True]


def test_a_recovery_code_is_valid_once_however_it_is_typed() -> None:
    used = FACTOR.used(SECRET, " abcd efgh-jklm npqr ", NOON)
    assert used is not None and used.recovery == FACTOR.recovery[1:]
    assert used.used(SECRET, CODES[0], NOON) is None


def test_recovery_codes_are_valid_even_if_the_secret_cannot_be_decrypted() -> None:
    assert FACTOR.used(None, code_at(SECRET, STEP), NOON) is None
    assert FACTOR.used(None, CODES[1], NOON) is not None


@given(st.text())
def test_a_wrong_code_is_refused(typed: str) -> None:
    right = {code_at(SECRET, STEP + off) for off in (-1, 0, 1)}
    assert typed in right or FACTOR.used(SECRET, typed, NOON) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-2, 2))))
def test_each_time_step_is_accepted_once_in_any_order_of_codes(tries: list[tuple[int, int]]) -> None:
    """Each try comes some steps after the previous one, with the code of a step some steps away."""
    factor, step, taken = FACTOR, STEP, []
    for passed, off in tries:
        step += passed
        used = factor.used(SECRET, code_at(SECRET, step + off), NOON + timedelta(seconds=STEP_S * (step - STEP)))
        if used is not None:
            factor, _ = used, taken.append(used.last_step)
    assert taken == sorted(set(taken))
