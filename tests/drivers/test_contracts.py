"""A contract is found by its id in any spelling, and never by a typed or scanned card number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.drivers import contract_spellings, contract_token, looks_like_contract, token_uid, unmark_contract

PLAIN = "EMAID:DE8AACA2B3C4D5"
_LETTERS, _SIGNS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize("spelled", ["DE-8AA-CA2B3C4D5", "de8aaca2b3c4d5", "DE-8AA-CA2B3C4D5-X", " DE8AACA2B3C4D5X "])
def test_separators_case_and_check_digit_do_not_change_a_contract_id(spelled: str) -> None:
    assert contract_token(spelled) == token_uid(f"emaid: {spelled}") == PLAIN


@given(_LETTERS, st.text(_SIGNS, min_size=12, max_size=12), st.sampled_from(_SIGNS))
def test_a_contract_is_looked_up_in_every_spelling(country: str, rest: str, digit: str) -> None:
    uid = contract_token(country + rest)
    parted = f"{country}-{rest[:3]}-{rest[3:]}"
    assert {country + rest, country + rest + digit, parted, f"{parted}-{digit}"} <= set(contract_spellings(uid))


@given(st.text(max_size=36))
def test_a_card_uid_is_never_read_as_a_contract_id(text: str) -> None:
    for typed in (text, f"EMAID:{text}", f" emaid:{text}"):
        assert not looks_like_contract(unmark_contract(typed).strip().upper())


@pytest.mark.parametrize("text", ["", "DE8AA", "DE-8AACA2B3C4D5", "X" * 36])
def test_an_invalid_contract_id_becomes_a_token_that_nobody_has(text: str) -> None:
    assert token_uid(contract_token(text)).startswith("EMAID:") and len(contract_token(text)) <= 36
