"""Amounts of money and counts as people type them."""

from decimal import Decimal, InvalidOperation

from forecourt.kernel import BadInput, Money, minor_digits

_MAX_DIGITS = 9  # digits of a count


def parse_amount(text: str, currency: str, code: str) -> Money:
    """ "25", "12.50" or "12,50" as Money. Raises BadInput with the code for anything else, and for more decimals than the currency has,
    even zeros: "1.250" may mean one thousand two hundred and fifty, and must not be read as 1.25."""
    value = _number(text)
    digits = minor_digits(currency)
    if not value.is_finite() or not 0 < value < 10**8 or -int(value.as_tuple().exponent) > digits:
        raise BadInput(code, "{given!r} is not an amount in {currency}.", "Enter it as 25 or 12.50.", given=text[:20], currency=currency)
    return Money.of(value, currency)


def nonnegative_or_none(text: str, code: str) -> Decimal | None:
    """ "25", "12.50" or "12,50" in any currency; None for an empty text."""
    if not text:
        return None
    value = _number(text)
    if not value.is_finite() or not 0 <= value < 10**8:
        raise BadInput(code, "{given!r} is not an amount.", "Enter it as 25 or 12.50.", given=text[:20])
    return value


def parse_whole(text: str, code: str) -> int:
    """ "90" as a count. Raises BadInput with the code for anything but digits, including an empty text."""
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MAX_DIGITS:
        raise BadInput(code, "{given!r} is not a whole number.", "Enter it in digits, such as 20.", given=text[:20])
    return int(digits)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return Decimal("NaN")
