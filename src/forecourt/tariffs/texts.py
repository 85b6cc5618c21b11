"""Texts for people: numbers, restrictions, prices."""

from decimal import Decimal

from forecourt.kernel import Text
from forecourt.tariffs.terms import HolidayRule, Restrictions

# Where what is added to prices is no VAT; the currency stands for the country, as it is at hand wherever an amount is.
_VAT, _TAX, _GST = (Text("VAT"),) * 2, (Text("tax"), Text("Tax")), (Text("GST"),) * 2
_TAXES = {"USD": _TAX, "CAD": _TAX, "AUD": _GST, "NZD": _GST, "SGD": _GST, "INR": _GST}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOLIDAYS = {
    HolidayRule.AS_SUNDAY: "holidays as Sundays",
    HolidayRule.ONLY: "on holidays",
    HolidayRule.NEVER: "not on holidays",
}


def number_text(value: Decimal, least_decimals: int = 0) -> str:
    """Plain digits without trailing zeros, with at least that many decimals: 0.50, 17.666, 20."""
    text = f"{value:f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(least_decimals, "0")
    return f"{whole}.{decimals}" if decimals else whole


def displayed_number(value: Decimal, least_decimals: int = 0) -> Decimal:
    """The number with the decimals that number_text displays, for formatting it in another language."""
    return Decimal(number_text(value, least_decimals))


def tax_name(currency: str, first: bool = False) -> Text:
    """What people call the tax in their prices. first: of a sentence or a label."""
    return _TAXES.get(currency, _VAT)[first]


def minute_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def restrictions_text(r: Restrictions) -> str:
    """' (09:00 to 18:00, Mon to Fri)'; empty without restrictions."""
    parts = condition_texts(r)
    if r.reservation is not None:
        parts.append(r.reservation.value.replace("_", " ").lower())
    return f" ({', '.join(parts)})" if parts else ""


def condition_texts(r: Restrictions) -> list[str]:
    """When a price holds: hours, days, amounts; not what of a visit it is for."""
    return [*_clock_words(r), *_amount_words(r)]


def _clock_words(r: Restrictions) -> list[str]:
    parts = []
    if r.start_minute is not None or r.end_minute is not None:
        end = 1440 if r.end_minute is None else r.end_minute
        parts.append(f"{minute_text(r.start_minute or 0)} to {minute_text(end % 1440)}")
    if r.days is not None:
        parts.append(days_text(r.days))
    if r.holidays is not None:
        parts.append(_HOLIDAYS[r.holidays])
    if r.start_date is not None:
        parts.append(f"from {r.start_date.isoformat()}")
    if r.end_date is not None:
        parts.append(f"before {r.end_date.isoformat()}")
    if r.min_seconds is not None:
        parts.append(f"after {number_text(Decimal(r.min_seconds) / 60)} min")
    if r.max_seconds is not None:
        parts.append(f"in the first {number_text(Decimal(r.max_seconds) / 60)} min")
    return parts


def _amount_words(r: Restrictions) -> list[str]:
    bounds = (
        (r.min_wh, "from", "kWh"),
        (r.max_wh, "below", "kWh"),
        (r.min_w, "from", "kW"),
        (r.max_w, "below", "kW"),
        (r.min_ma, "from", "A"),
        (r.max_ma, "below", "A"),
    )
    return [f"{word} {number_text(bound / 1000)} {unit}" for bound, word, unit in bounds if bound is not None]


def days_text(days: frozenset[int]) -> str:
    """'Mon to Fri' for a run of three or more, else 'Mon, Wed'."""
    order = sorted(days)
    if len(order) > 2 and order[-1] - order[0] == len(order) - 1:
        return f"{_DAYS[order[0]]} to {_DAYS[order[-1]]}"
    return ", ".join(_DAYS[day] for day in order)
