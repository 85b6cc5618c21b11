"""The cost of a charge, and the price of a kilowatt-hour through the day."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from forecourt.kernel import Money


@dataclass(frozen=True, slots=True)
class PriceStep:
    """From this instant on, the price per kilowatt-hour, tax included, in the currency of the day."""

    at: datetime
    per_kwh: Decimal


@dataclass(frozen=True, slots=True)
class DayPrices:
    currency: str
    zone: str
    start: datetime
    end: datetime
    now: datetime
    steps: tuple[PriceStep, ...]


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of a quote or a receipt, with its reason. count, unit: the quantity for programs, as it is billed ("kWh", "h"); None and
    empty: it has none."""

    what: str
    quantity: str
    unit_price: str
    amount: Money
    because: str = ""
    count: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class QuoteView:
    """As on the receipt of that charge. due: the total less what partners pay. promised_*: with a booking; 0 = nothing.

    late: the cost of coming late to the booking; empty = nothing. full_at: when the car has its energy, at full power, if it is assumed to
    stay and pay for that; otherwise None.
    """

    energy_wh: int
    lines: tuple[PriceLine, ...]
    gross: Money
    vat: Money
    zone: str
    start: datetime
    end: datetime
    due: Money
    because: str = ""
    paid_by_others: tuple[PriceLine, ...] = ()
    promised_wh: int = 0
    promised_w: int = 0
    full_at: datetime | None = None
    late: str = ""
