"""Features of bays: what people call their plug, and which features can be requested."""

from collections.abc import Sequence

from forecourt.stations import PLUGS, BayNeed, BayTraits, Feature


def plug_name(standard: str) -> str:
    """standard: OCPI's name of the plug."""
    return PLUGS.get(standard, standard)


def selectable_features(bays: Sequence[BayTraits], need: BayNeed) -> tuple[Feature, ...]:
    """Features that some of the bays have and others lack. need: what was requested already."""
    return tuple(one for one in Feature if one in need.features or 0 < sum(one in bay.features for bay in bays) < len(bays))


def has_height_limits(bays: Sequence[BayTraits]) -> bool:
    """Whether some do not admit high vehicles."""
    return any(bay.max_height_cm for bay in bays)
