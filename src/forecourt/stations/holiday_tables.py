"""Public holidays of countries and their regions, from the library `holidays`: a table that needs no network."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType, ModuleType

from forecourt.kernel import BadInput


@cache
def _tables() -> ModuleType:
    """Imported only when needed: it takes longer than the rest of this room, which every command imports."""
    import holidays

    return holidays


@cache
def public_holidays(region: str, year: int) -> Mapping[date, str]:
    """The names of public holidays by day. region: a country ("DE") or a part of it ("DE-BY"). Raises BadInput for an unknown one."""
    country, _, part = region.partition("-")
    if not any(region == code for code, _ in holiday_regions(country)):
        raise BadInput(
            "region", f"There is no calendar of public holidays for {region[:20]!r}.", "Enter a country and region, for example DE-BY."
        )
    spoken = getattr(_tables(), country).default_language  # else names come in the language of the machine
    return MappingProxyType(dict(_tables().country_holidays(country, subdiv=part or None, years=year, language=spoken)))


def region_choices(country: str, chosen: str = "") -> list[tuple[str, str]]:
    """Choices for a form: none, then the regions of a country with their names, and the one chosen now even if it lies elsewhere."""
    found = [("", "None"), *((code, name or "The whole country") for code, name in holiday_regions(country))]
    return found if any(code == chosen for code, _ in found) else [*found, (chosen, chosen)]


@cache
def holiday_regions(country: str) -> tuple[tuple[str, str], ...]:
    """The country and those of its parts that have holidays of their own, each with its name; () if its holidays are unknown."""
    parts = _tables().list_supported_countries(include_aliases=False).get(country)
    if parts is None:
        return ()
    names = {code: name for name, code in getattr(_tables(), country).subdivisions_aliases.items()}
    return ((country, ""), *sorted(((f"{country}-{part}", names.get(part, part)) for part in parts), key=lambda one: one[1]))
