"""How far a charge may go, for a charger that stops it there by itself (OCPP 2.1)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

_Figure = TypeVar("_Figure", Decimal, int)

# Once told, a cap can be moved and not taken away: so high, it is none.
NO_CAP_COST, NO_CAP_WH, NO_CAP_PERCENT = Decimal(1_000_000), 10_000_000, 100


@dataclass(frozen=True, slots=True)
class ChargeCap:
    """None: no cap of that kind. cost: with tax, in units of the price's currency. level_percent: of the car's battery."""

    cost: Decimal | None = None
    energy_wh: int | None = None
    level_percent: int | None = None

    def instead_of(self, told: "ChargeCap") -> "ChargeCap":
        """What to tell where `told` was: a kind that holds no more is set too high to matter."""
        return ChargeCap(
            _kept(self.cost, told.cost, NO_CAP_COST),
            _kept(self.energy_wh, told.energy_wh, NO_CAP_WH),
            _kept(self.level_percent, told.level_percent, NO_CAP_PERCENT),
        )

    def below(self, own: "ChargeCap") -> "ChargeCap":
        """Less the kinds in which the charger has a cap of its own that is no higher."""
        return ChargeCap(_lower(self.cost, own.cost), _lower(self.energy_wh, own.energy_wh), _lower(self.level_percent, own.level_percent))


@dataclass(frozen=True, slots=True)
class CapTold:
    """How far one charge was told it may go, and what its charger last said that it goes by; None = nothing since it was told."""

    transaction: str
    at: datetime
    cap: ChargeCap = ChargeCap()
    confirmed: ChargeCap | None = None


def _kept(wanted: _Figure | None, told: _Figure | None, no_cap: _Figure) -> _Figure | None:
    return no_cap if wanted is None and told is not None else wanted


def _lower(wanted: _Figure | None, own: _Figure | None) -> _Figure | None:
    return None if wanted is not None and own is not None and own <= wanted else wanted
