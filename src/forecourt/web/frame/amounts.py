"""Amounts of money as people type them."""

from decimal import Decimal, InvalidOperation

from forecourt.kernel import BadInput, Money, minor_digits


def amount_of(text: str, currency: str, code: str) -> Money:
    """ "25", "12.50", "12,50" as Money. Raises BadInput with the code for anything else, or for more decimals than there are."""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    digits = minor_digits(currency)
    if not value.is_finite() or not 0 < value < 10**8 or -int(value.normalize().as_tuple().exponent) > digits:
        raise BadInput(code, "{given!r} is not an amount in {currency}.", "Write it as 25 or 12.50.", given=text[:20], currency=currency)
    return Money.of(value, currency)
