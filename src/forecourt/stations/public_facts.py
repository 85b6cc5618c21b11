"""Facts about a site that operators must publish by law and that are stored nowhere else."""

import re
from dataclasses import dataclass
from enum import StrEnum

from forecourt.kernel import BadInput

MAX_SPACES, MAX_PHONE_CHARS = 10_000, 25
_PHONE = re.compile(r"\+[1-9]([ ()/.-]*[0-9]){4,14}")


class VehicleKind(StrEnum):
    CAR = "car"
    MOTORCYCLE = "motorcycle"
    VAN = "van"
    LORRY = "lorry"
    BUS = "bus"


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """Empty or None: not stated. help_phone: of the help desk, in international format. renewable: all its electricity is. attended:
    staff are there to help. disabled_spaces: parking reserved for people with disabilities. vehicles: what can park and charge there, in
    the order of VehicleKind, each once. Raises BadInput."""

    help_phone: str = ""
    renewable: bool | None = None
    attended: bool | None = None
    disabled_spaces: int | None = None
    vehicles: tuple[VehicleKind, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "vehicles", tuple(one for one in VehicleKind if one in self.vehicles))
        if self.help_phone and (len(self.help_phone) > MAX_PHONE_CHARS or not _PHONE.fullmatch(self.help_phone)):
            raise BadInput("help_phone", f"{self.help_phone[:40]!r} is not a phone number.", "Enter it as +49 30 123456.")
        if self.disabled_spaces is not None and not 0 <= self.disabled_spaces <= MAX_SPACES:
            raise BadInput(
                "disabled_spaces", f"{self.disabled_spaces} parking spaces is not valid.", f"Enter 0 to {MAX_SPACES}, or leave it empty."
            )


NOTHING_SAID = PublicFacts()
