"""A published tariff in the OCPI version a partner speaks, without the fields that only we know."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from forecourt.kernel import instant_text, minor_digits, round_half_up, scaled_decimal
from forecourt.ocpi.booking_terms import Party
from forecourt.tariffs import Component, DayRange, PriceLimit, Tariff, TariffVersion, TaxIncluded, day_ranges

_KEPT = ("tariff_alt_text", "tariff_alt_url", "energy_mix")
_DECIMALS = 6
# OCPI requires at least one element.
_FREE = {"price_components": [{"type": "FLAT", "price": Decimal(0), "step_size": 1}]}


def ocpi_tariff(version: TariffVersion, party: Party, ocpi: str, last_updated: datetime, year: int) -> dict[str, Any]:
    """The id is that of the version, which never changes. 2.2.1 has prices without VAT only: gross prices are converted, to six decimals.

    Holidays, which OCPI lacks, become dates: those of this year and the next, and of last December. Booking fees are left
    out: neither version has them, and a reader that ignored such a restriction would charge them to everybody.
    """
    tariff, source = version.tariff, json.loads(version.source, parse_float=Decimal)
    is_2_2_1 = ocpi == "2.2.1"
    net = is_2_2_1 and tariff.tax_included is TaxIncluded.YES
    taxed = tariff.tax_included is not TaxIncluded.NOT_APPLICABLE
    holidays = tariff.holidays.dates if tariff.holidays else ()
    known = date(year - 1, 12, 1), date(year + 2, 1, 1)
    elements = [
        _element([_component(part, net, taxed) for part in element.components], dated)
        for element, given in zip(tariff.elements, source["elements"], strict=True)
        if not (element.restrictions.reservation or "").startswith("BOOKING")
        for dated in _dated(given.get("restrictions"), day_ranges(element.restrictions, holidays, *known))
    ]
    optional = {
        **{name: source.get(name) for name in _KEPT},
        "min_price": _limit(tariff, tariff.min_price, is_2_2_1),
        "max_price": _limit(tariff, tariff.max_price, is_2_2_1),
        "end_date_time": instant_text(version.valid_to) if version.valid_to else None,
        "tax_included": None if is_2_2_1 else tariff.tax_included.value,
    }
    return {
        "country_code": party.country,
        "party_id": party.id,
        "id": str(version.id),
        "currency": tariff.currency,
        "elements": elements or [_FREE],
        "start_date_time": instant_text(version.valid_from),
        **{name: value for name, value in optional.items() if value},
        "last_updated": instant_text(last_updated),
    }


def _element(components: list[dict[str, Any]], restrictions: Any) -> dict[str, Any]:
    return {"price_components": components, **({"restrictions": restrictions} if restrictions else {})}


def _dated(restrictions: Any, held: Iterable[DayRange]) -> Iterator[Any]:
    """The restrictions as given, once for each range of days in which they apply."""
    for one in held:
        if not restrictions or "holidays" not in restrictions:
            yield restrictions
            continue
        date_fields = {"holidays", "start_date", "end_date", *(["day_of_week"] if one.every_day else ())}
        dates = {name: day.isoformat() for name, day in (("start_date", one.start), ("end_date", one.end)) if day}
        yield {name: value for name, value in restrictions.items() if name not in date_fields} | dates


def _component(part: Component, net: bool, taxed: bool) -> dict[str, Any]:
    price = part.price
    if net and part.vat_percent:
        price = round_half_up(price / (1 + part.vat_percent / 100), _DECIMALS)
    vat = {"vat": part.vat_percent} if taxed and part.vat_percent is not None else {}
    return {"type": part.dimension.value, "price": price, **vat, "step_size": max(1, part.step_size)}


def _taxes(tariff: Tariff) -> set[Decimal]:
    """The tax rates, in percent, of all prices that a limit covers."""
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        return {Decimal(0)}
    charging = [element for element in tariff.elements if element.restrictions.reservation is None]
    return {part.vat_percent or Decimal(0) for element in charging for part in element.components} or {Decimal(0)}


def _limit(tariff: Tariff, limit: PriceLimit | None, is_2_2_1: bool) -> dict[str, Any] | None:
    """OCPI requires the amount before taxes."""
    if limit is None:
        return None
    before, after = ("excl_vat", "incl_vat") if is_2_2_1 else ("before_taxes", "after_taxes")
    if limit.after_taxes is None:
        return {before: limit.before_taxes}
    net_amount = (
        _implied(tariff, limit.after_taxes, is_minimum=limit is tariff.min_price) if limit.before_taxes is None else limit.before_taxes
    )
    return {before: net_amount, after: limit.after_taxes}


def _implied(tariff: Tariff, after_taxes: Decimal, is_minimum: bool) -> Decimal:
    """A limit before taxes, in whole minor units, that never applies before the given one after taxes does. With several rates it is one
    that no bill can reach, as otherwise both limits could apply."""
    taxes = _taxes(tariff)
    exact = Fraction(after_taxes) * tariff.minor_units / (1 + Fraction((max if is_minimum else min)(taxes)) / 100)
    below, above = (floor(exact), ceil(exact)) if len(taxes) == 1 else (max(0, ceil(exact) - 1), floor(exact) + 1)
    return scaled_decimal(below if is_minimum else above, minor_digits(tariff.currency))
