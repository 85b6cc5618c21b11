from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Money, Span, client_network, instant_text, parse_day, parse_instant, round_half_up, utc, uuid7


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"), [("0.125", 2, "0.13"), ("-0.125", 2, "-0.13"), ("2.5", 0, "3"), ("1.005", 2, "1.01")]
)
def test_halves_are_rounded_away_from_zero(value: str, decimals: int, rounded: str) -> None:
    assert round_half_up(Decimal(value), decimals) == Decimal(rounded)


@pytest.mark.parametrize(("amount", "currency", "minor"), [("12.345", "EUR", 1235), ("12.5", "JPY", 13), ("1.2345", "KWD", 1235)])
def test_an_amount_becomes_minor_units_of_its_currency(amount: str, currency: str, minor: int) -> None:
    assert Money.of(Decimal(amount), currency) == Money(minor, currency)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_amounts_and_minor_units_convert_both_ways(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.of(money.amount, currency) == money


def test_adding_different_currencies_is_refused() -> None:
    with pytest.raises(ValueError, match="do not mix"):
        Money(1, "EUR") + Money(1, "USD")


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_amounts_compare_as_their_numbers(one: int, other: int) -> None:
    left, right = Money(one, "EUR"), Money(other, "EUR")
    assert (left < right, left <= right, left == right) == (one < other, one <= other, one == other)
    assert (left > right, left >= right, bool(left)) == (one > other, one >= other, one != 0)


@pytest.mark.parametrize("code", ["eur", "EU", "EURO", "E1R", "ÄÖÜ", "", "EUR "])
def test_an_invalid_currency_code_is_refused(code: str) -> None:
    with pytest.raises(BadInput):
        Money(1, code)
    assert Money(1, "THB").currency == "THB"


def test_a_float_amount_is_refused() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "EUR")  # type: ignore[arg-type]


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(BadInput):
        utc(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["hello", "222222017-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-01-01T00:00:00", ""])
def test_an_invalid_instant_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_instant(text)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "1999-12-31", "2101-01-01", "2026-02-30", "a\0b", ""])
def test_an_implausible_date_is_refused_with_its_field_name(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_day(text, "until")
    assert refused.value.code == "until"


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00"])
def test_an_instant_outside_the_range_of_utc_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        utc(datetime.fromisoformat(text))


@given(st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)), st.integers(-12, 12))  # noqa: DTZ001
def test_an_instant_written_as_text_is_read_back_unchanged(naive: datetime, offset_h: int) -> None:
    instant = naive.replace(tzinfo=timezone(timedelta(hours=offset_h)), microsecond=0)
    assert parse_instant(instant_text(instant)) == instant


def test_a_span_is_half_open_and_empty_ones_are_refused() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    span = Span(noon, noon + timedelta(hours=1))
    assert span.contains(noon)
    assert not span.contains(span.end)
    assert not span.overlaps(Span(span.end, span.end + timedelta(hours=1)))
    with pytest.raises(BadInput):
        Span(noon, noon)


def test_ids_sort_by_time_and_are_version_7() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    early, late = uuid7(noon, b"\xff" * 10), uuid7(noon + timedelta(milliseconds=1), b"\x00" * 10)
    assert early < late
    assert early.version == 7


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_addresses_of_one_ipv6_network_count_as_one_client(address: str, caller: str) -> None:
    assert client_network(address) == caller
