"""Voucher codes: random, and read with common typing variations."""

import os
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, uuid7
from forecourt.offers import code_of, format_code, parse_code
from tariffs.texts import NOON


def test_codes_made_at_the_same_instant_differ_in_every_place():
    codes = {code_of(uuid7(NOON, os.urandom(10))) for _ in range(2000)}
    assert len(codes) == 2000
    for place in range(12):
        assert len({code[place] for code in codes}) == 32


@given(st.uuids())
def test_a_code_is_read_with_common_typing_variations(random_id: UUID):
    code = code_of(random_id)
    typed = format_code(code).lower().replace("1", "l").replace("0", "o")
    assert parse_code(f" {typed} ") == code == parse_code(f"https://charge.example/c/{code}")


@pytest.mark.parametrize("wrong", ["", "K7QM", "K7QM-2X9P-4TD!", "K7QM2X9P4TDAA", "ä" * 12, "' OR 1=1 --  "])
def test_an_invalid_code_is_refused(wrong):
    with pytest.raises(BadInput):
        parse_code(wrong)
