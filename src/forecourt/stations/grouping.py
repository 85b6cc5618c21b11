"""How a site sorts its sockets for prices: groups it names itself, and classes of power."""

from collections.abc import Sequence
from dataclasses import dataclass

from forecourt.kernel import BadInput


@dataclass(frozen=True, slots=True)
class EvseGroup:
    """Kinds of sockets that are priced together. A group contains whole kinds: sockets of one kind are interchangeable, and which
    of them a booking gets is decided late, so all must cost the same."""

    name: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PowerClass:
    """Sockets below a power (W) that are in no slower class. below_w None: no upper bound."""

    name: str
    title: str
    below_w: int | None = None


# Up to 22 kW nominal (three phases at 32 A and 230 V are 22.08 kW), below 150 kW, and anything faster.
USUAL_CLASSES = (PowerClass("AC", "up to 22 kW", 23_000), PowerClass("DC", "below 150 kW", 150_000), PowerClass("HPC", "150 kW and above"))


def classes_by(bounds_w: Sequence[tuple[str, int | None]]) -> tuple[PowerClass, ...]:
    """Classes with titles, slowest first, from names with the power (W) their sockets stay below (None = no bound), in any order."""
    rising = sorted(bounds_w, key=lambda one: (one[1] is None, one[1] or 0))
    froms = [None, *(below for _, below in rising)]
    return tuple(PowerClass(name, _in_words(least, below), below) for (name, below), least in zip(rising, froms, strict=False))


def _in_words(from_w: int | None, below_w: int | None) -> str:
    from_kw, below = (None if one is None else f"{one / 1000:g}" for one in (from_w, below_w))
    if below is None:
        return f"{from_kw} kW and above" if from_kw else "of any power"
    return f"{from_kw} to below {below} kW" if from_kw else f"below {below} kW"


def check_grouping(groups: Sequence[EvseGroup], classes: Sequence[PowerClass]) -> None:
    """Raises BadInput unless every kind is in at most one group and every power in exactly one class."""
    for what, names in (("group", [one.name for one in groups]), ("power class", [one.name for one in classes])):
        if len(set(names)) != len(names) or any(not 1 <= len(name) <= 40 or not name.isprintable() for name in names):
            raise BadInput("grouping_name", f"Each {what} needs a name of its own.", "1 to 40 characters.")
    kinds = [kind for group in groups for kind in group.kinds]
    twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
    if twice:
        raise BadInput("grouping_twice", f"{twice[0]} is in two groups.", "A kind of socket belongs to one group at most.")
    bounds = [one.below_w for one in classes]
    inner = [bound for bound in bounds[:-1] if bound is not None]
    if not bounds or bounds[-1] is not None or len(inner) != len(bounds) - 1 or sorted({0, *inner}) != [0, *inner]:
        raise BadInput("power_classes", "Power classes must rise, and the last one must be open.", "Leave the last limit empty.")


def group_of(groups: Sequence[EvseGroup], kind: str) -> str:
    """The name of the group a kind of socket belongs to; empty for none."""
    return next((group.name for group in groups if kind in group.kinds), "")


def class_of(classes: Sequence[PowerClass], power_w: int) -> str:
    """The name of the class of a power; the classes cover every power."""
    return next(one.name for one in classes if one.below_w is None or power_w < one.below_w)
