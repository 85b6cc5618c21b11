"""Prices by which a charger computes costs itself (OCPP 2.1), independent of any protocol. All are without tax."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PriceWhen:
    """When a price applies; None: no restriction. As in a tariff's restrictions: minima inclusive, maxima exclusive, times of day local.

    end_minute: 0 is the end of the day; if before start_minute, it is on the next day. days: 0 is Monday; empty = all.
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
    """A minimum or maximum cost of a charge; the two sides apply independently."""

    before_tax: Decimal | None = None
    after_tax: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PriceSheet:
    """Of the kWh prices the first that applies counts; none: free. fee: once per charge. tax: percent, None if there is none.

    id: differs for different prices.
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
        """Whether any price depends on the charger's own clock and zone."""
        return any(one.when.by_the_clock for one in self.kwh)


@dataclass(frozen=True, slots=True)
class SentPriceSheet:
    """The price sheet that was sent for a socket. refused: the charger's reason if it did not accept it."""

    evse_number: int
    sheet_id: str
    refused: str = ""
