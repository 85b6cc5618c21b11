"""A direct debit mandate is valid until it is ended, or unused for three years."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.eu import at_02

from forecourt.billing import SEPA, creditor_id_of, same_creditor
from forecourt.kernel import BadInput, DriverId
from forecourt.payments import (
    MandateNumbering,
    amend_mandate,
    code_ends_mandate,
    confirm_creditor,
    create_mandate,
    end_mandate,
    parse_debtor_account,
)
from money_world import OPERATOR

DAY, AT = date(2026, 6, 1), datetime(2026, 6, 1, 12, tzinfo=UTC)
CREDITOR = "DE98ZZZ09999999999"


def given_on(day: date):  # type: ignore[no-untyped-def]
    account = parse_debtor_account(" Ben O'Hara ", "nl91 abna 0417 1643 00")
    return create_mandate(OPERATOR, DriverId(UUID(int=5)), CREDITOR, account, MandateNumbering(UUID(int=1), 7, day, AT))


def test_a_mandate_has_a_number_and_an_account_shown_by_its_ending() -> None:
    made = given_on(DAY)
    assert (made.number, made.account.holder, made.account.iban, made.ending) == (
        "MND-2026-000007",
        "Ben O'Hara",
        "NL91ABNA0417164300",
        "… 4300",
    )


@pytest.mark.parametrize("iban", ["", "NL91ABNA0417164301", "CH9300762011623852957", "GB33BUKB20201555555555", "12345"])
def test_accounts_that_cannot_be_debited_are_refused(iban: str) -> None:
    with pytest.raises(BadInput, match="not an IBAN of the European"):
        parse_debtor_account("Ben", iban)


def test_a_mandate_lapses_three_years_after_its_last_use() -> None:
    made = given_on(DAY)
    assert made.stands(DAY + timedelta(days=1094)) and not made.stands(DAY + timedelta(days=1095))
    ended = end_mandate(made, "MD06", DAY)
    assert not ended.stands(DAY) and end_mandate(ended, "later", DAY + timedelta(days=1)) == ended


KNOWN = (CREDITOR, "DE98ABC09999999999", "DE48ZZZ08888888888", "NL54ZZZ123456780000")


@given(st.lists(st.sampled_from(KNOWN), max_size=6), st.booleans())
def test_the_former_creditor_identifier_is_stated_only_if_it_was_used_and_changed(changes: list[str], used: bool) -> None:
    made = replace(given_on(DAY), used_on=DAY if used else None)
    for creditor in changes:
        made = amend_mandate(made, creditor)
    now = changes[-1] if changes else CREDITOR
    assert same_creditor(made.creditor_id, now)
    assert same_creditor(made.formerly, CREDITOR) if used and not same_creditor(CREDITOR, now) else made.formerly == ""
    assert confirm_creditor(made, now).formerly == "" and confirm_creditor(made, "FR72ZZZ123456").formerly == made.formerly


def test_insufficient_funds_end_no_mandate_but_a_closed_account_or_withdrawn_consent_do() -> None:
    assert [code_ends_mandate(code) for code in ("AM04", "MS03", "", "AC04", "MD06", "MD01")] == [False, False, False, True, True, True]


@given(st.from_regex(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{3}[A-Z0-9]{1,28}", fullmatch=True) | st.just(CREDITOR))
def test_a_creditor_identifier_is_checked_like_the_reference_implementation(text: str) -> None:
    """Compared with the check of an independent library."""
    fits = at_02.is_valid(text) and text[:2] in SEPA
    if fits:
        assert creditor_id_of(f" {text[:4]} {text[4:]}".lower()) == text
    else:
        with pytest.raises(BadInput):
            creditor_id_of(text)


def test_a_creditor_identifier_may_be_empty() -> None:
    assert creditor_id_of("  ") == ""
