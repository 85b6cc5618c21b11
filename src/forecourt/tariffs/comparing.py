"""The differences between two versions of a tariff, price by price and restriction by restriction, in words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from forecourt.tariffs.model import Tariff
from forecourt.tariffs.terms import Component, Dimension, PriceLimit, ReservationKind, Restrictions
from forecourt.tariffs.texts import number_text, restrictions_text

_DIMENSIONS = {
    Dimension.ENERGY: "Energy",
    Dimension.TIME: "Charging time",
    Dimension.PARKING_TIME: "Parking after charging",
    Dimension.FLAT: "Start fee",
}
_RESERVATIONS = {
    ReservationKind.RESERVATION: "Reservation",
    ReservationKind.RESERVATION_EXPIRES: "Reservation not used",
    ReservationKind.BOOKING: "Booking",
    ReservationKind.BOOKING_EXPIRES: "Booking not used",
    ReservationKind.BOOKING_CANCELLATION_FEES: "Booking cancelled",
    ReservationKind.BOOKING_OVERTIME: "Time past the booking",
}
_UNITS = {Dimension.ENERGY: " per kWh", Dimension.TIME: " per hour", Dimension.PARKING_TIME: " per hour", Dimension.FLAT: ""}
_TAX = {"YES": "with tax", "NO": "without tax", "N/A": "free of tax"}


@dataclass(frozen=True, slots=True)
class TariffChange:
    """what: the price or rule, with its restrictions; before and after: its value in words, empty if absent."""

    what: str
    before: str
    after: str


def changes_between(before: Tariff, after: Tariff) -> tuple[TariffChange, ...]:
    """Every difference that can change a bill or what drivers see; empty for equivalent tariffs.

    Prices are matched by kind and restrictions, and by order if several have the same.
    """
    old_prices, new_prices = dict(_prices(before)), dict(_prices(after))
    changes = [
        TariffChange(_title(key), old_prices.get(key, ""), new_prices.get(key, ""))
        for key in dict.fromkeys((*old_prices, *new_prices))
        if old_prices.get(key) != new_prices.get(key)
    ]
    shared_old, shared_new = [key for key in old_prices if key in new_prices], [key for key in new_prices if key in old_prices]
    if _by_dimension(shared_old) != _by_dimension(shared_new):
        changes.append(TariffChange("Order of the prices", "; ".join(map(_title, shared_old)), "; ".join(map(_title, shared_new))))
    for what, one, other in _rules(before, after):
        if one != other:
            changes.append(TariffChange(what, one, other))
    return tuple(changes)


_Key = tuple[str, str, int]


def _prices(tariff: Tariff) -> Iterator[tuple[_Key, str]]:
    seen: dict[tuple[str, str], int] = {}
    for element in tariff.elements:
        for component in element.components:
            kind = _kind(component, element.restrictions)
            when = restrictions_text(replace(element.restrictions, reservation=None)).strip()
            seen[kind, when] = seen.get((kind, when), 0) + 1
            yield (kind, when, seen[kind, when]), _price_text(component)


def _kind(component: Component, restrictions: Restrictions) -> str:
    if restrictions.reservation is None:
        return _DIMENSIONS[component.dimension]
    return _RESERVATIONS[restrictions.reservation] + (", once" if component.dimension is Dimension.FLAT else ", by time")


def _title(key: _Key) -> str:
    kind, when, number = key
    return " ".join(filter(None, (kind, when, f"no. {number}" if number > 1 else "")))


def _price_text(component: Component) -> str:
    text = f"{number_text(component.price, 2)}{_UNITS[component.dimension]}"
    if component.vat_percent is not None:
        text += f", {number_text(component.vat_percent)} % tax"
    if component.step_size > 1 and component.dimension is not Dimension.FLAT:
        text += f", in blocks of {component.step_size} {'Wh' if component.dimension is Dimension.ENERGY else 's'}"
    return text


def _by_dimension(keys: list[_Key]) -> dict[str, list[_Key]]:
    """Only the order within one kind of price matters."""
    order: dict[str, list[_Key]] = {}
    for key in keys:
        order.setdefault(key[0], []).append(key)
    return order


def _rules(before: Tariff, after: Tariff) -> Iterator[tuple[str, str, str]]:
    yield "Currency", before.currency, after.currency
    yield "Prices are", _TAX[before.tax_included], _TAX[after.tax_included]
    yield "Minimum total of a charge", _limit_text(before.min_price), _limit_text(after.min_price)
    yield "Maximum total of a charge", _limit_text(before.max_price), _limit_text(after.max_price)
    yield "Amount held on the card", _amount(before.preauthorise), _amount(after.preauthorise)
    yield "Kind of tariff", before.kind or "", after.kind or ""
    yield "Holidays", _holidays(before), _holidays(after)
    yield "Text", _texts(before), _texts(after)


def _limit_text(limit: PriceLimit | None) -> str:
    if limit is None:
        return ""
    parts = (("without tax", limit.before_taxes), ("with tax", limit.after_taxes))
    return ", ".join(f"{number_text(amount, 2)} {word}" for word, amount in parts if amount is not None)


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else number_text(amount, 2)


def _holidays(tariff: Tariff) -> str:
    """The region of the public holidays, then each date."""
    known = tariff.holidays
    return "" if known is None else ", ".join(filter(None, (known.region, *(day.isoformat() for day in sorted(known.dates)))))


def _texts(tariff: Tariff) -> str:
    return "; ".join(f"{language}: {text}" for language, text in tariff.alt_text)
