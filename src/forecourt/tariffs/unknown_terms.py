"""Terms in a tariff that OCPI does not define: they are ignored, with a note in the rating."""

from collections.abc import Mapping
from typing import Any

from forecourt.tariffs.model import Note
from forecourt.tariffs.parsing import RESTRICTIONS


def unknown_restrictions(tariff: Mapping[str, Any], place: str = "tariff") -> list[Note]:
    """A note for every restriction nobody knows: the price under it holds as if it were not there. tariff: one that was read."""
    notes = []
    for index, element in enumerate(tariff.get("elements") or ()):
        for name in sorted(set(element.get("restrictions") or ()) - RESTRICTIONS):
            at = f"{place}.elements[{index}].restrictions.{name[:40]}"
            notes.append(Note("unknown_restriction", f"{at} is no restriction of OCPI; it is not looked at."))
    return notes
