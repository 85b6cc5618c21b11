"""Prices that a charger works out costs by itself with (OCPP 2.1), in words of no protocol. All of them are without tax."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PriceWhen:
    """When a price holds; None: always. As a tariff's restrictions: minima inclusive, maxima exclusive, times of day local.

    end_minute: 0 is the end of the day; before start_minute it is on the next day. days: 0 is Monday; empty = all.
    """

    start_minute: int | None = None
    end_minute: int | None = None
    days: tuple[int, ...] = ()
    start_date: date | None = None
    end_date: date | None = None
    min_wh: Decimal | None = None
    max_wh: Decimal | None = None
    min_w: Decimal | None = None
    max_w: Decimal | None = None
    min_seconds: int | None = None
    max_seconds: int | None = None

    @property
    def by_the_clock(self) -> bool:
        return self.start_minute is not None or bool(self.days or self.start_date or self.end_date)


@dataclass(frozen=True, slots=True)
class KwhPrice:
    price: Decimal
    when: PriceWhen = PriceWhen()


@dataclass(frozen=True, slots=True)
class CostLimit:
    """A least or greatest cost of a charge; the two sides bind independently."""

    before_tax: Decimal | None = None
    after_tax: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PriceSheet:
    """Of the prices for a kWh the first that holds counts; none: free. fee: once a charge. tax: percent, None where there is none.

    id: another one for other prices.
    """

    id: str
    currency: str
    kwh: tuple[KwhPrice, ...] = ()
    kwh_tax: Decimal | None = None
    fee: Decimal | None = None
    fee_tax: Decimal | None = None
    least: CostLimit = CostLimit()
    most: CostLimit = CostLimit()

    @property
    def by_the_clock(self) -> bool:
        """Whether the charger's own clock and zone decide on a price."""
        return any(one.when.by_the_clock for one in self.kwh)


@dataclass(frozen=True, slots=True)
class SheetTold:
    """What a socket's charger was told to work out costs with. refused: its word where it did not take it."""

    evse_number: int
    sheet_id: str
    refused: str = ""
