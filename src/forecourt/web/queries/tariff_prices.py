"""A tariff's prices as a list: for each chargeable item, what it costs when."""

from datetime import datetime
from itertools import groupby

from forecourt.kernel import round_half_up
from forecourt.tariffs import Dimension, PricePart, Scope, TariffVersion, describe_tariff, number_text
from forecourt.web.views.price import ListedPrice, PriceGroup

_TITLES = {
    Dimension.ENERGY: "Energy",
    Dimension.TIME: "Charging time",
    Dimension.PARKING_TIME: "Parked after charging",
    Dimension.FLAT: "Start",
}
_UNITS = {"kWh": "per kWh", "min": "per minute", "h": "per hour", "": "once"}
_SHOWN_DECIMALS = 4  # of a price with tax; the price as entered is shown beside it, exactly


def listed_prices(version: TariffVersion, now: datetime, zone: str) -> tuple[PriceGroup, ...]:
    """In the order of the tariff: for each item, the first that applies is the price."""
    parts = describe_tariff(version.tariff, now, zone)
    return tuple(_group(*thing, list(found)) for thing, found in groupby(parts, key=lambda part: (_title(part), _UNITS[part.unit])))


def _title(part: PricePart) -> str:
    if part.scope is Scope.SESSION:
        return _TITLES[part.dimension]
    return "No-show" if part.no_show else "Bay kept free"


def _group(title: str, unit: str, parts: list[PricePart]) -> PriceGroup:
    default_condition = "always" if len(parts) == 1 else "otherwise"
    return PriceGroup(title, unit, tuple(_row(part, default_condition) for part in parts))


def _row(part: PricePart, default_condition: str) -> ListedPrice:
    shown = number_text(round_half_up(part.with_tax, _SHOWN_DECIMALS), 2)
    net = "" if part.price == part.with_tax else number_text(part.price, 2)
    return ListedPrice(part.when or default_condition, shown, net, part.now and part.scope is Scope.SESSION)
