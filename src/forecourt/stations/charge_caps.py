"""How far a charge may go, for a charger that stops it there by itself (OCPP 2.1)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

_Figure = TypeVar("_Figure", Decimal, int)

# Once sent, a cap can be changed but not removed; a value this high has no effect.
NO_CAP_COST, NO_CAP_WH, NO_CAP_PERCENT = Decimal(1_000_000), 10_000_000, 100


@dataclass(frozen=True, slots=True)
class ChargeCap:
    """None: no cap of that kind. cost: with tax, in units of the price's currency. level_percent: of the car's battery."""

    cost: Decimal | None = None
    energy_wh: int | None = None
    level_percent: int | None = None

    def instead_of(self, sent: "ChargeCap") -> "ChargeCap":
        """What to send in place of `sent`: a kind that no longer applies is set too high to matter."""
        return ChargeCap(
            _or_no_cap(self.cost, sent.cost, NO_CAP_COST),
            _or_no_cap(self.energy_wh, sent.energy_wh, NO_CAP_WH),
            _or_no_cap(self.level_percent, sent.level_percent, NO_CAP_PERCENT),
        )

    def below(self, other: "ChargeCap") -> "ChargeCap":
        """This cap without the kinds for which the charger has a cap of its own that is no higher."""
        return ChargeCap(
            _lower(self.cost, other.cost), _lower(self.energy_wh, other.energy_wh), _lower(self.level_percent, other.level_percent)
        )


@dataclass(frozen=True, slots=True)
class SentCap:
    """The cap that was sent for one charge, and the one its charger last reported to apply; None = nothing reported since it was sent."""

    transaction: str
    at: datetime
    cap: ChargeCap = ChargeCap()
    confirmed: ChargeCap | None = None


def _or_no_cap(wanted: _Figure | None, sent: _Figure | None, no_cap: _Figure) -> _Figure | None:
    return no_cap if wanted is None and sent is not None else wanted


def _lower(wanted: _Figure | None, other: _Figure | None) -> _Figure | None:
    return None if wanted is not None and other is not None and other <= wanted else wanted
