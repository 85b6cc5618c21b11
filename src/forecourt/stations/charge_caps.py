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

    def instead_of(self, told: "ChargeCap") -> "ChargeCap":
        """What to send in place of `told`: a kind that no longer applies is set too high to matter."""
        return ChargeCap(
            _kept(self.cost, told.cost, NO_CAP_COST),
            _kept(self.energy_wh, told.energy_wh, NO_CAP_WH),
            _kept(self.level_percent, told.level_percent, NO_CAP_PERCENT),
        )

    def below(self, own: "ChargeCap") -> "ChargeCap":
        """This cap without the kinds for which the charger has a cap of its own that is no higher."""
        return ChargeCap(_lower(self.cost, own.cost), _lower(self.energy_wh, own.energy_wh), _lower(self.level_percent, own.level_percent))


@dataclass(frozen=True, slots=True)
class SentCap:
    """The cap that was sent for one charge, and the one its charger last reported to apply; None = nothing reported since it was sent."""

    transaction: str
    at: datetime
    cap: ChargeCap = ChargeCap()
    confirmed: ChargeCap | None = None


def _kept(wanted: _Figure | None, told: _Figure | None, no_cap: _Figure) -> _Figure | None:
    return no_cap if wanted is None and told is not None else wanted


def _lower(wanted: _Figure | None, own: _Figure | None) -> _Figure | None:
    return None if wanted is not None and own is not None and own <= wanted else wanted
