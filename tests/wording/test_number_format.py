"""Numbers on documents are formatted as babel does."""

from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from forecourt.wording import format_number

LOCALES = [Locale.parse(name) for name in ("en_GB", "de_DE", "fr_FR", "nl_NL", "es_ES")]
VALUES = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, places=6) | st.sampled_from(
    [Decimal("-0"), Decimal("-0.0004"), Decimal("0.125"), Decimal("1E+3"), Decimal("999.9995"), Decimal("1234567.5")]
)
NUMBERS = ("#,##0", "#,##0.##", "#,##0.###", "#,##0.000", "#,##0.####", "#,##0.00#")
SUMS = ("¤\u00a0#,##0.00", "#,##0.00\u00a0¤", "¤\u00a0#,##0", "#,##0.00####\u00a0¤", "¤\u00a0#,##0.000")


@given(VALUES, st.sampled_from(LOCALES), st.sampled_from(NUMBERS))
def test_a_number_is_formatted_like_babel(value: Decimal, locale: Locale, pattern: str) -> None:
    assert format_number(value, pattern, locale) == format_decimal(value, pattern, locale=locale)


@given(VALUES, st.sampled_from(LOCALES), st.sampled_from(SUMS), st.sampled_from(("EUR", "GBP", "JPY", "KWD", "CHF", "XTS")))
def test_an_amount_is_formatted_like_babel(value: Decimal, locale: Locale, pattern: str, currency: str) -> None:
    assert format_number(value, pattern, locale, currency) == format_currency(
        value, currency, pattern, locale=locale, currency_digits=False
    )


@pytest.mark.parametrize(("locale", "text"), list(zip(LOCALES, ("1,234.5", "1.234,5", "1\u202f234,5", "1.234,5", "1.234,5"), strict=True)))
def test_digit_grouping_and_decimal_mark_follow_the_language(locale: Locale, text: str) -> None:
    assert format_number(Decimal("1234.50"), "#,##0.###", locale) == text
