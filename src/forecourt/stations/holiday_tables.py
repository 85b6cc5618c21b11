"""Public holidays by law, for every country and its regions: of the library `holidays`, which is a table and asks nobody."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType, ModuleType

from forecourt.kernel import BadInput


@cache
def _tables() -> ModuleType:
    """Read when somebody asks: it takes longer than all the rest of this room, which every command needs."""
    import holidays

    return holidays


@cache
def public_holidays(region: str, year: int) -> Mapping[date, str]:
    """What they are called there, by day. region: a country ("DE"), or a part of it ("DE-BY"). Raises BadInput for one nobody knows."""
    country, _, part = region.partition("-")
    if not any(region == code for code, _ in holiday_regions(country)):
        raise BadInput("region", f"Nobody knows the public holidays of {region[:20]!r}.", "Write a country and its part, such as DE-BY.")
    spoken = getattr(_tables(), country).default_language  # else they are named in the language of the machine
    return MappingProxyType(dict(_tables().country_holidays(country, subdiv=part or None, years=year, language=spoken)))


def region_choices(country: str, chosen: str = "") -> list[tuple[str, str]]:
    """None, and the regions of a country with their names; what is chosen now too, wherever it lies."""
    found = [("", "None"), *((code, name or "The whole country") for code, name in holiday_regions(country))]
    return found if any(code == chosen for code, _ in found) else [*found, (chosen, chosen)]


@cache
def holiday_regions(country: str) -> tuple[tuple[str, str], ...]:
    """The country and its parts that have holidays of their own, each with its name. None where nobody knows its holidays."""
    parts = _tables().list_supported_countries(include_aliases=False).get(country)
    if parts is None:
        return ()
    named = {code: name for name, code in getattr(_tables(), country).subdivisions_aliases.items()}
    return ((country, ""), *sorted(((f"{country}-{part}", named.get(part, part)) for part in parts), key=lambda one: one[1]))
