"""Bays in forms and addresses: what a driver needs, and what the operator states."""

from collections.abc import Mapping

from msgspec import Struct

from forecourt.kernel import BadInput
from forecourt.stations import BayNeed, BayTraits, Feature

BAY_FIELDS = (*Feature, "height")


class BayForm(Struct, kw_only=True):
    """A checkbox for each feature; height: of the vehicle, or of the highest that fits, in centimetres. Raises BadInput for an invalid
    one."""

    accessible: str = ""
    cable: str = ""
    pull_through: str = ""
    roof: str = ""
    lit: str = ""
    height: str = ""

    @property
    def need(self) -> BayNeed:
        return parse_bay_need(self.field_values)

    @property
    def ticked_need(self) -> BayNeed:
        """The checkboxes, which need no parsing."""
        return BayNeed(_ticked(self.field_values))

    @property
    def bay(self) -> BayTraits:
        return BayTraits(_ticked(self.field_values), _centimetres(self.height))

    @property
    def field_values(self) -> dict[str, str]:
        return {name: str(getattr(self, name)) for name in BAY_FIELDS}


def parse_bay_need(values: Mapping[str, str]) -> BayNeed:
    return BayNeed(_ticked(values), _centimetres(values.get("height", "")) or 0)


def bay_need_params(need: BayNeed) -> dict[str, str]:
    """As form fields or query parameters."""
    return {**{one.value: "1" for one in need.features}, **({"height": str(need.height_cm)} if need.height_cm else {})}


def _ticked(values: Mapping[str, str]) -> tuple[Feature, ...]:
    return tuple(one for one in Feature if values.get(one.value, ""))


def _centimetres(text: str) -> int | None:
    written = text.strip()
    if not written:
        return None
    if not (written.isascii() and written.isdecimal() and len(written) <= 4):
        raise BadInput("height", "{given!r} is not a height in centimetres.", "Use digits only, for example 195.", given=text[:20])
    return int(written)
