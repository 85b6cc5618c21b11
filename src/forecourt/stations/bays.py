"""What a bay offers besides power, what a driver needs from one, and whether the two match."""

from dataclasses import dataclass
from enum import StrEnum

from forecourt.kernel import BadInput
from forecourt.stations.socket_details import DIRECT

MAX_CM = 1000
# Plugs that always come with their own cable: all for direct current, and Type 1.
TETHERED = frozenset({*DIRECT, "IEC_62196_T1"})


class Feature(StrEnum):
    """ACCESSIBLE: room to get out with a wheelchair, and everything within reach. CABLE: attached to the charger, none has to be brought.
    PULL_THROUGH: a car with a trailer can drive in and out forwards."""

    ACCESSIBLE = "accessible"
    CABLE = "cable"
    PULL_THROUGH = "pull_through"
    ROOF = "roof"
    LIT = "lit"


@dataclass(frozen=True, slots=True)
class BayTraits:
    """features: in the order of Feature, each once. max_height_cm: of a vehicle; None = no roof, or not stated."""

    features: tuple[Feature, ...] = ()
    max_height_cm: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(one for one in Feature if one in self.features))
        if self.max_height_cm is not None and not 100 <= self.max_height_cm <= MAX_CM:
            raise BadInput(
                "max_height_cm", f"A height of {self.max_height_cm} cm is not valid.", f"Enter 100 to {MAX_CM} cm, or leave it empty."
            )

    @property
    def sort_key(self) -> tuple[int, bool, int]:
        """Sort key: the more needs a bay can serve, the higher. Drivers without needs are placed at the lowest first."""
        return len(self.features), self.max_height_cm is None, self.max_height_cm or 0


@dataclass(frozen=True, slots=True)
class BayNeed:
    """What a bay must offer. height_cm: of the vehicle; 0 = any bay will do."""

    features: tuple[Feature, ...] = ()
    height_cm: int = 0

    def __post_init__(self) -> None:
        if self.features:  # skipped for speed: built for each driver that is loaded, and most need nothing
            object.__setattr__(self, "features", tuple(one for one in Feature if one in self.features))
        if not 0 <= self.height_cm <= MAX_CM:
            raise BadInput("height_cm", f"A vehicle of {self.height_cm} cm cannot be.", f"Give up to {MAX_CM} cm, or 0.")

    def met_by(self, bay: BayTraits) -> bool:
        return set(self.features) <= set(bay.features) and (bay.max_height_cm is None or self.height_cm <= bay.max_height_cm)


ANY_BAY = BayNeed()


def features_named(names: list[str]) -> tuple[Feature, ...]:
    """The features with these names. Raises BadInput for an unknown name."""
    for name in names:
        if name not in list(Feature):
            raise BadInput("features", f"{name[:20]!r} is no feature of a bay.", f"They are {', '.join(Feature)}.")
    return tuple(Feature(name) for name in names)
