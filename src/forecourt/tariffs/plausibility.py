"""Refuse tariffs that could be rated but make no sense. Checked before publishing; tariffs of partners and old ones are accepted."""

from decimal import Decimal

from forecourt.kernel import BadInput
from forecourt.tariffs.model import Tariff
from forecourt.tariffs.terms import Element, PriceLimit

_NOTHING = PriceLimit()
# Pairs of restrictions: the inclusive minimum and the exclusive maximum, by field and by OCPI name.
_RANGES = (
    ("start_date", "end_date", "start_date", "end_date"),
    ("min_wh", "max_wh", "min_kwh", "max_kwh"),
    ("min_ma", "max_ma", "min_current", "max_current"),
    ("min_w", "max_w", "min_power", "max_power"),
    ("min_seconds", "max_seconds", "min_duration", "max_duration"),
)


def check_plausible(tariff: Tariff) -> None:
    """Raise BadInput for a minimum total above the maximum, an element that never applies, and a total that could be negative:
    no bill can be made of one (EN 16931 has no negative price, BR-27, and a document over less than nothing is a credit note)."""
    _check_limits(tariff.min_price or _NOTHING, tariff.max_price or _NOTHING)
    for number, element in enumerate(tariff.elements):
        _check_range(element, f"elements[{number}].restrictions")
        _check_sign(element, f"elements[{number}]", bounded=tariff.min_price is not None)


def _check_limits(least: PriceLimit, most: PriceLimit) -> None:
    """A total before tax never exceeds the one after tax, so a minimum before tax is compared with both."""
    pairs = (
        (least.before_taxes, most.before_taxes),
        (least.after_taxes, most.after_taxes),
        (least.before_taxes, most.after_taxes),
    )
    for low, high in pairs:
        if low is not None and high is not None and low > high:
            text = f"tariff.min_price: {low:f} is more than the max_price of {high:f}."
            raise BadInput("tariff_limits", text, "No total lies between them: enter a minimum total below the maximum.")


def _check_range(element: Element, place: str) -> None:
    for low_name, high_name, low_label, high_label in _RANGES:
        low, high = (getattr(element.restrictions, name) for name in (low_name, high_name))
        if low is not None and high is not None and low >= high:
            text = f"tariff.{place}: {low_label} is not below {high_label}, so its prices never hold."
            raise BadInput("tariff_range", text, f"{low_label} is the first that counts, {high_label} the first that does not.")


def _check_sign(element: Element, place: str, bounded: bool) -> None:
    """A minimum total applies to charges, not to reservations."""
    if any(one.price < Decimal(0) for one in element.components) and (element.restrictions.reservation or not bounded):
        text = f"tariff.{place}: a negative price may lead to a negative total, which cannot be billed."
        remedy = "A reservation has none." if element.restrictions.reservation else "Give the tariff a min_price, of 0 or more, with it."
        raise BadInput("tariff_negative", text, remedy)
