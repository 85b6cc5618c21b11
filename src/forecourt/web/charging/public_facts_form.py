"""The form for a site's facts in the open data."""

from typing import Self

from msgspec import Struct

from forecourt.kernel import BadInput
from forecourt.stations import PublicFacts, VehicleKind
from forecourt.web.frame.lists import whole_or_none

_ANSWERS: dict[str, bool | None] = {"": None, "yes": True, "no": False}
VEHICLE_CHOICES = [
    (VehicleKind.CAR, "Cars"),
    (VehicleKind.MOTORCYCLE, "Motorcycles"),
    (VehicleKind.VAN, "Vans"),
    (VehicleKind.LORRY, "Lorries"),
    (VehicleKind.BUS, "Buses"),
]


class PublicFactsForm(Struct, kw_only=True):
    """renewable, attended: yes, no or empty. A checkbox for each kind of vehicle."""

    help_phone: str = ""
    renewable: str = ""
    attended: str = ""
    disabled_spaces: str = ""
    car: str = ""
    motorcycle: str = ""
    van: str = ""
    lorry: str = ""
    bus: str = ""

    @property
    def facts(self) -> PublicFacts:
        """Raises BadInput with the name of the field."""
        return PublicFacts(
            help_phone=self.help_phone.strip(),
            renewable=_answer(self.renewable, "renewable"),
            attended=_answer(self.attended, "attended"),
            disabled_spaces=whole_or_none(self.disabled_spaces, "disabled_spaces"),
            vehicles=tuple(one for one in VehicleKind if getattr(self, one)),
        )

    def filled_with(self, facts: PublicFacts) -> Self:
        """The form filled in with these facts."""
        self.help_phone, self.renewable, self.attended = facts.help_phone, _answer_of(facts.renewable), _answer_of(facts.attended)
        self.disabled_spaces = "" if facts.disabled_spaces is None else str(facts.disabled_spaces)
        for one in facts.vehicles:
            setattr(self, one, "on")
        return self


def _answer(text: str, field: str) -> bool | None:
    if text not in _ANSWERS:
        raise BadInput(field, f"{text[:20]!r} is not an answer.", "Choose yes, no or not stated.")
    return _ANSWERS[text]


def _answer_of(value: bool | None) -> str:
    return next(word for word, answer in _ANSWERS.items() if answer is value)
