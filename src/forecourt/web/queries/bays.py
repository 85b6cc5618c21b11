"""What may be asked of bays: what some of them offer, and others do not."""

from collections.abc import Sequence

from forecourt.stations import BayNeed, BayTraits, Feature


def can_ask(bays: Sequence[BayTraits], need: BayNeed) -> tuple[Feature, ...]:
    """need: asked for already."""
    return tuple(one for one in Feature if one in need.features or 0 < sum(one in bay.features for bay in bays) < len(bays))


def heights(bays: Sequence[BayTraits]) -> bool:
    """Some take no high vehicles."""
    return any(bay.max_height_cm for bay in bays)
