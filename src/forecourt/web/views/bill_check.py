"""A bill worked out again beside the one that was issued."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import Money
from forecourt.web.views.bays import BayState


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line of a bill and the same worked out again; None where one of them is not there."""

    what: str
    rule: str
    sum: str
    rounding: str
    tax: str
    printed: Money | None
    again: Money | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class CheckedVat:
    percent: str
    how: str
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class StretchRow:
    """A stretch of the kept record in one state."""

    start: datetime
    end: datetime
    state: BayState
    energy_wh: int


@dataclass(frozen=True, slots=True)
class MeterRow:
    """energy_wh since the start; register_wh: the meter's count that this stands for."""

    at: datetime
    energy_wh: int
    register_wh: int
    state: BayState
    power_w: int | None


@dataclass(frozen=True, slots=True)
class SignedRow:
    """A signed reading as the charger sent it, and the key it was verified with; own: the operator entered that key."""

    data: str
    key: str
    own: bool


@dataclass(frozen=True, slots=True)
class BillCheckView:
    """recomputed False: there is no charge to work it out from, so the sums alone are checked. points: readings kept."""

    number: str
    zone: str
    agrees: bool
    recomputed: bool
    findings: tuple[str, ...]
    lines: tuple[CheckedLine, ...]
    vat: tuple[CheckedVat, ...]
    net: Money
    gross: Money
    tariff: str
    meter_start: str
    meter_stop: str
    energy_wh: int
    stretches: tuple[StretchRow, ...]
    readings: tuple[MeterRow, ...]
    notes: tuple[str, ...]
    points: int
    signed: tuple[SignedRow, ...] = ()
